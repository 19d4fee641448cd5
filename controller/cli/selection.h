#pragma once
// Which objects a command is about, in kubectl's words: certificates, certificate/shop,
// certificate shop blog, certificates,accounts, all.
#include <optional>
#include <string>
#include <vector>

#include "api/object.h"
#include "base/result.h"
#include "cli/session.h"
#include "store/store.h"

namespace certloop::cli {

struct Target {
  api::Kind kind = api::Kind::certificate;
  std::optional<std::string> name;  // absent: all of the kind
  bool by_category = false;         // meant by "all": none of the kind is no surprise
};

// Error: invalid, with the nearest kind that exists.
Result<std::vector<Target>> parse_targets(const std::vector<std::string>& arguments);
// "there are accounts, certificateauthorities, ... and events", for messages.
std::string known_kinds();

Result<api::Kind> parse_kind(const std::string& word);

// Narrows listings: -A, -l, --field-selector.
struct Filter {
  bool all_namespaces = false;
  std::string labels;
  std::string fields;

  void declare(Flags& flags);
};

// Error: invalid (a selector that is not understood).
Result<store::Selector> selector_for(api::Kind kind, const Filter& filter, const Session& session);

// All pages. `version` takes where a watch goes on; `unreadable` what is there and cannot be read,
// which is an error (the store's) without it.
Result<std::vector<api::Object>> list_all(const store::Store& store, store::Selector selector,
                                          std::string* version = nullptr,
                                          std::vector<store::Unreadable>* unreadable = nullptr);

struct Selected {
  std::vector<api::Object> objects;
  std::vector<api::Key> missing;  // asked for by name and not there
};

// The objects that the targets mean. Error: as the store's; `unreadable` as above.
Result<Selected> select(const store::Store& store, const std::vector<Target>& targets,
                        const Filter& filter, const Session& session,
                        std::vector<store::Unreadable>* unreadable = nullptr);

// error: certificate.certloop.dev "shop" not found in namespace payments (store /var/lib/certloop)
// certificate.certloop.dev "shop" not found in namespace payments (store ...)
Error not_found(const api::Key& key, const store::Store& store);

// Whether the namespace of -n holds any object that users make. Error: not_found (none: a mistyped
// name must not look like "nothing to do there"), naming the nearest that does; the store's.
Result<void> check_space(const store::Store& store, const std::string& space);

// Whether the targets can be compared with AWS by themselves. Error: invalid, naming what to name
// instead; `what` is done to them: "planned".
Result<void> check_compared(const std::vector<Target>& targets, const char* what);

void report_unreadable(const std::vector<store::Unreadable>& unreadable, Session& session);

void report_missing(const std::vector<api::Key>& missing, const store::Store& store,
                    Session& session);

}  // namespace certloop::cli
