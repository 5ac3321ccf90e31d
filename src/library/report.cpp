#include <gracevae/report.hpp>

#include "base/call_scope.hpp"
#include "base/log.hpp"
#include "library/parts.hpp"
#include "report/web_bundle.hpp"

namespace gracevae {

namespace fs = std::filesystem;

void write_report(const std::vector<std::filesystem::path>& runs, const std::filesystem::path& output,
                  const Options& options, const Context& context) {
  const impl::CallScope scope(context);
  const impl::ReportOptions& report = options.impl().report;
  fs::path file = output;
  if (file.empty()) file = impl::RunFolder{runs.size() == 1 ? runs.front() : fs::path()}.report();
  impl::write_report(runs, file, report);
  if (!report.plain && impl::web_bundle().empty())
    impl::log::info("static drawings only: this gracevae was built without npm");
  impl::log::info("wrote {}", file.string());
}

}  // namespace gracevae
