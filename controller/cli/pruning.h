#pragma once
// What files lack that a source of `run` brought: of plan and diff, so that a pull request which
// deletes a file does not look like one that changes nothing.
#include <vector>

#include "cli/manifests.h"
#include "cli/session.h"

namespace certloop::cli {

// Objects of the state, in the order in which `run --prune` deletes them: what uses others first.
struct Lacking {
  std::vector<api::Object> to_go;
  std::vector<api::Key> in_use;  // kept: what stays still names them

  std::vector<api::Key> keys_to_go() const;
};

// Where `merged`, the objects of the files as they would be stored, became the source. Only of the
// namespace of -n, if it is given; nothing that is being deleted already or says
// certloop.dev/prune: disabled. Errors: the store's.
Result<Lacking> lacking(const store::Store& store, const std::vector<api::Object>& merged,
                        const Session& session);

// --prune of plan and diff.
void declare_prune(Flags& flags, bool& prunes);

// On standard error, as the last lines of plan or diff (`command`): what was planned as deleted, or
// without --prune, that it was not. Of single files nobody expects that they are all there is.
void tell_of_lacking(const Lacking& lacking, const ManifestFlags& files, bool prunes,
                     const char* command, Session& session);

}  // namespace certloop::cli
