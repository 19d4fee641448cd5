#include "cli/progress.h"

#include <fmt/format.h>

#include "base/text.h"
#include "report/table.h"

namespace certloop::cli {

void ProgressLine::show(const Progress& progress) {
  if (progress.message.empty()) return;
  const std::string news =
      progress.object.name.empty()
          ? progress.message
          : fmt::format("{}: {}", resource_of(progress.object), progress.message);
  if (!session_.err_is_terminal()) {
    // A line that is overwritten may say what is known; lines that stay say what is new.
    if (progress.standing || progress.ended) return;
    std::string& said = said_[progress.object];
    if (said == progress.message) return;
    said = progress.message;
    session_.err() << printable(news) << '\n';
    return;
  }
  const std::string line = progress.total == 0
                               ? news
                               : fmt::format("[{}/{}] {}", progress.settled, progress.total, news);
  report::Table one({{"", report::Column::Yield::first}});
  one.add({line});
  std::string text = one.text({.width = session_.width(), .headers = false});
  text.pop_back();  // the line end
  session_.err() << "\r\x1b[K" << text;
  session_.err().flush();
  shown_ = true;
}

void ProgressLine::clear() {
  if (!shown_) return;
  session_.err() << "\r\x1b[K";
  session_.err().flush();
  shown_ = false;
}

}  // namespace certloop::cli
