// Runs many commands of one program without starting it anew, since loading LibTorch takes most of a second: preloaded
// into gracevae (LD_PRELOAD), it loads the library named by FORK_SERVER_LOADS, and forks for each request on its
// standard input. The child is the program: its own main with the arguments of the request. Clients: program.sh,
// case_program.py.
//
// Request: strings, each ended by a NUL: how many follow, folder to run in, files for stdout and stderr, arguments from
// argv[0]. Answer on standard output, a line each: the child's process, and when it ended its exit code, negative for a
// signal.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using Main = int (*)(int, char**, char**);
Main program_main = nullptr;

/// The next string of standard input; false at its end. Nothing is read ahead: the child has no part of another
/// request.
bool read_string(std::string& text) {
  text.clear();
  for (char byte = 0; ::read(STDIN_FILENO, &byte, 1) == 1; text += byte)
    if (byte == '\0') return true;
  return false;
}

void open_as(int descriptor, const std::string& path, int flags) {
  const int file = ::open(path.c_str(), flags, 0600);
  if (file < 0 || ::dup2(file, descriptor) < 0) ::_exit(126);
  ::close(file);
}

int run_child(std::vector<std::string>& words) {
  if (words.size() < 4 || ::chdir(words[0].c_str()) != 0 || ::setenv("PWD", words[0].c_str(), 1) != 0) ::_exit(126);
  open_as(STDIN_FILENO, "/dev/null", O_RDONLY);
  open_as(STDOUT_FILENO, words[1], O_WRONLY | O_CREAT | O_TRUNC);
  open_as(STDERR_FILENO, words[2], O_WRONLY | O_CREAT | O_TRUNC);
  std::vector<char*> arguments;
  for (std::size_t i = 3; i < words.size(); ++i) arguments.push_back(words[i].data());
  arguments.push_back(nullptr);
  return program_main(static_cast<int>(arguments.size()) - 1, arguments.data(), environ);
}

int serve(int argc, char** argv, char** environment) {
  const char* const library = std::getenv("FORK_SERVER_LOADS");
  if (!library) return program_main(argc, argv, environment);
  if (!::dlopen(library, RTLD_NOW | RTLD_GLOBAL)) return 126;
  ::unsetenv("LD_PRELOAD");
  ::unsetenv("FORK_SERVER_LOADS");
  static std::vector<std::string> words;  // outlives main's return in the child
  for (std::string text; read_string(text);) {
    words.assign(static_cast<std::size_t>(std::atoi(text.c_str())), "");
    for (std::string& word : words)
      if (!read_string(word)) return 126;
    const pid_t child = ::fork();
    if (child == 0) return run_child(words);
    int status = 0;
    ::dprintf(STDOUT_FILENO, "%d\n", static_cast<int>(child));
    if (child < 0 || ::waitpid(child, &status, 0) != child) return 126;
    ::dprintf(STDOUT_FILENO, "%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
  }
  return 0;
}

}  // namespace

// Called by the program's entry point with its main.
extern "C" __attribute__((visibility("default"))) int __libc_start_main(Main main, int argc, char** argv,
                                                                        void (*init)(), void (*fini)(),
                                                                        void (*rtld_fini)(), void* stack_end) {
  program_main = main;
  const auto start = reinterpret_cast<int (*)(Main, int, char**, void (*)(), void (*)(), void (*)(), void*)>(
      ::dlsym(RTLD_NEXT, "__libc_start_main"));
  return start(serve, argc, argv, init, fini, rtld_fini, stack_end);
}
