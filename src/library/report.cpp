#include <gracevae/report.hpp>

#include "base/call_scope.hpp"
#include "base/log.hpp"
#include "library/parts.hpp"
#include "report/web_bundle.hpp"

namespace gracevae {

void write_report(const std::vector<std::filesystem::path>& runs, const std::filesystem::path& output,
                  const Options& options, const Context& context) {
  const impl::CallScope scope(context);
  const impl::ReportOptions& report = options.impl().report;
  impl::write_report(runs, output, report);
  if (!report.plain && impl::web_bundle().empty())
    impl::log::info("static drawings only: this gracevae was built without npm");
  impl::log::info("wrote {}", output.string());
}

}  // namespace gracevae
