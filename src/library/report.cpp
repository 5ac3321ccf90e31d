#include <gracevae/report.hpp>

#include "base/call_scope.hpp"
#include "report/report.hpp"

namespace gracevae {

void write_report(const std::vector<std::filesystem::path>& runs, const std::filesystem::path& output,
                  const Context& context) {
  const impl::CallScope scope(context);
  impl::write_report(runs, output, {});
}

}  // namespace gracevae
