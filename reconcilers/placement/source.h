#pragma once
// The certificate that stands in the Secret of an imported certificate.
#include <functional>
#include <map>
#include <string>

#include "base/mutex.h"
#include "pki/chain.h"
#include "reconcilers/placement/observed.h"
#include "store/store.h"

namespace certloop::placement {

// What stands in key stores that a passphrase protects, by a digest of both: to open one costs what
// its writer chose. Holds no key. Thread-safe.
class SourceCache {
 public:
  // The value that `open` answers, which is asked once for each digest; again where it failed for a
  // reason that may pass.
  Result<Source> get(const std::string& digest, const std::function<Result<Source>()>& open);

 private:
  Mutex mutex_;
  std::map<std::string, Result<Source>> known_ GUARDED_BY(mutex_);
};

// Fills observed.source, and observed.reference with what is wrong with it: missing, unreadable,
// not valid now, or not for the names that the spec asks for (NamesMismatch).
void find_source(const store::Store& store, SourceCache& cache, const api::Placement& placement,
                 Time now, Observed& observed);

// The whole bundle, key included: for the moment of the import only. Errors: not_found, invalid.
Result<pki::Bundle> read_bundle(const store::Store& store, const std::string& space,
                                const std::string& secret);

}  // namespace certloop::placement
