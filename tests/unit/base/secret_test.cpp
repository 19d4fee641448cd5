#include "base/secret.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <concepts>
#include <cstdint>
#include <fstream>
#include <ostream>
#include <sstream>
#include <string>
#include <type_traits>

namespace certloop {
namespace {

// S2: it cannot reach a stream, a string or an ordered container by accident.
template <class T>
concept printable_to_a_stream = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(printable_to_a_stream<std::string>);
static_assert(!printable_to_a_stream<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<std::string, Secret>);
static_assert(!std::totally_ordered<Secret>);

// The flags that the kernel keeps for the mapping that holds `address`.
std::string memory_flags(const void* address) {
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  std::ifstream maps("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream head(line);
    std::uintptr_t first = 0, last = 0;
    char dash = 0;
    if (head >> std::hex >> first >> dash >> last && dash == '-')
      inside = first <= wanted && wanted < last;
    else if (inside && line.starts_with("VmFlags:"))
      return line;
  }
  return {};
}

TEST(Secret, HoldsItsBytes) {
  const Secret secret{std::string_view("a\0b", 3)};
  EXPECT_EQ(secret.reveal(), std::string_view("a\0b", 3));
  EXPECT_EQ(secret.size(), 3U);
  EXPECT_FALSE(secret.empty());
  EXPECT_TRUE(Secret().empty());
  EXPECT_EQ(Secret().reveal(), "");
}

TEST(Secret, OfManyPagesHoldsItsBytes) {
  const std::string bytes(100'000, 'k');
  EXPECT_EQ(Secret(bytes).reveal(), bytes);
}

TEST(Secret, TakesTheBytesAndWipesTheStringTheyCameIn) {
  std::string bytes(100, 'k');
  const char* const memory = bytes.data();
  const Secret secret = Secret::take(std::move(bytes));
  EXPECT_EQ(secret.reveal(), std::string(100, 'k'));
  // The string still owns that memory: it was emptied, not freed.
  for (int i = 0; i < 100; ++i) ASSERT_EQ(memory[i], '\0') << i;
}

TEST(Secret, CopiesAndMovesAsAValue) {
  Secret first{std::string_view("one")};
  const Secret copy = first;
  EXPECT_NE(copy.reveal().data(), first.reveal().data());
  const Secret moved = std::move(first);
  EXPECT_EQ(moved.reveal(), "one");
  EXPECT_EQ(copy, moved);
  Secret assigned{std::string_view("two")};
  assigned = copy;
  EXPECT_EQ(assigned.reveal(), "one");
  const Secret& self = assigned;
  assigned = self;
  EXPECT_EQ(assigned.reveal(), "one");
}

TEST(Secret, IsEqualByItsBytes) {
  EXPECT_EQ(Secret(std::string_view("one")), Secret(std::string_view("one")));
  EXPECT_FALSE(Secret(std::string_view("one")) == Secret(std::string_view("two")));
  EXPECT_FALSE(Secret(std::string_view("one")) == Secret(std::string_view("one1")));
  EXPECT_EQ(Secret(), Secret(std::string_view("")));
}

TEST(Secret, IsLeftOutOfCoreDumps) {
  const Secret secret{std::string_view("key")};
  const std::string flags = memory_flags(secret.reveal().data());
  if (flags.empty()) GTEST_SKIP() << "this kernel shows no memory flags";
  EXPECT_NE(flags.find(" dd"), std::string::npos) << flags;
}

TEST(Wipe, OverwritesAndEmptiesAString) {
  std::string bytes = "a long enough string to be on the heap, not inside";
  const char* const memory = bytes.data();
  const std::size_t size = bytes.size();
  wipe(bytes);
  EXPECT_TRUE(bytes.empty());
  for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(memory[i], '\0') << i;
}

TEST(CoreDumpsDeathTest, AreForbidden) {
  const auto checks = [] {
    forbid_core_dumps();
    rlimit limit{};
    getrlimit(RLIMIT_CORE, &limit);
    _exit(prctl(PR_GET_DUMPABLE) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0 ? 0 : 1);
  };
  EXPECT_EXIT(checks(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace certloop
