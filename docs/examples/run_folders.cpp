// From a file to scores and a prediction, through run folders: what the commands of the program do.
#include <iostream>

#include <gracevae/errors.hpp>
#include <gracevae/run.hpp>

int main(int argc, char** argv) {
  if (argc != 3) return std::cerr << "usage: run_folders SCREEN.h5ad RUN\n", 2;
  using namespace gracevae;
  try {
    const Options options = Options::read(
        {}, {{"screen.file", argv[1]}, {"model.model", "cmvae"}, {"train.epochs", "3"}, {"train.fill_short", "true"}});
    train_run(argv[2], options);
    std::cout << evaluate_run(argv[2]).text;
    const Screen screen = Screen::read(argv[1]);
    for (const Condition& condition : screen.conditions())
      if (condition.targets.size() == 2)
        return predict_conditions({argv[2]}, Options::read({}, {{"predict.targets", condition.label}})), 0;
  } catch (const Error& error) {
    std::cerr << error.place() << "\n" << error.found() << "\n" << error.expected() << "\n" << error.hint() << "\n";
    return 1;
  }
}
