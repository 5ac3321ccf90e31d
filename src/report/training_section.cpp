#include <fmt/format.h>

#include "report/curves.hpp"
#include "report/html.hpp"
#include "report/sections.hpp"

namespace gracevae::impl {

namespace {

/// A chart with its caption: name, last value of a single line, meaning, and a legend when there are several lines.
std::string figure(const LineChart& chart, const std::string& meaning) {
  std::string caption = fmt::format("<figcaption><strong>{}</strong>", escape_html(chart.title));
  if (chart.series.size() == 1 && !chart.series[0].y.empty())
    caption += fmt::format(" <span class=\"last\">{}</span>", short_text(chart.series[0].y.back()));
  caption += fmt::format("<br/><span class=\"note\">{}</span>", escape_html(meaning));
  if (chart.series.size() > 1) {
    caption += "<br/><span class=\"legend\">";
    for (std::size_t k = 0; k < chart.series.size(); ++k)
      caption += fmt::format(
          "<span class=\"key\"><svg class=\"swatch\" viewBox=\"0 0 28 8\" aria-hidden=\"true\" "
          "xmlns=\"http://www.w3.org/2000/svg\">"
          "<g class=\"line s{}\"><path d=\"M1 4L27 4\"/></g></svg> {} <span class=\"last\">{}</span></span>",
          k % kLineStyles, escape_html(chart.series[k].name),
          chart.series[k].y.empty() ? "n/a" : short_text(chart.series[k].y.back()));
    caption += "</span>";
  }
  return fmt::format("<figure data-chart=\"{}\">{}</figcaption>\n{}</figure>\n", chart.id, caption,
                     svg_line_chart(chart));
}

}  // namespace

Section training_section(const Runs& runs) {
  const std::vector<TrainingCurve> curves = training_curves(runs);
  if (curves.empty()) return {"training", "Training", ""};  // shift models
  std::string html =
      "<p class=\"note\">Means over each epoch's steps; loss terms before their weights. The number beside a name is the "
      "last value.</p>\n<div class=\"charts\">\n";
  for (const TrainingCurve& curve : curves) html += figure(curve.chart, curve.meaning);
  return {"training", "Training", html + "</div>\n"};
}

}  // namespace gracevae::impl
