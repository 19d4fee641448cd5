#pragma once
// The reconcilers joined: the loop that acts, and the survey that only looks. One planner serves
// both, so what a plan says is what the loop does.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/difference.h"
#include "aws/patience.h"
#include "base/log.h"
#include "connect/connections.h"
#include "estate/estate.h"
#include "loop/controller.h"
#include "loop/events.h"
#include "loop/informer.h"
#include "loop/work_queue.h"
#include "store/store.h"

namespace certloop {

// What the engine reaches the world through; all of it outlives the engine. Once connect.stop is
// requested no call that changes AWS is begun, nor claimed, and reads end; give run() the same.
struct EngineEdges {
  store::Store& store;
  connect::Edges connect;
  Log& log;
};

// One object (and for placements, one (account, region)) as a survey finds it.
struct Finding {
  api::Key object;
  std::string account, region, arn;  // empty where there is none
  std::vector<api::Step> steps;      // the calls that would change AWS, in order
  std::vector<api::Difference> differences;
  std::string reason, message;              // why nothing (more) is done, if it matters
  std::string first_reason, first_message;  // what it waits for or would do now
  bool settled = false;                     // Ready, and nothing is done about it or waited for
  bool stalled = false;
  std::optional<Error> error;  // it could not be read
  // A part of it that could not be: what was read counts all the same.
  std::optional<Error> unread = {};
  std::vector<std::string> in_use_by;
  std::optional<Time> not_after;
  std::string domain, type, eligibility, acm_status;
  bool imported = false;
  bool suspended = false;         // it was not looked at: what is said of it is as it was last seen
  std::optional<Time> described;  // when that was
  std::optional<Time> differs_since;  // when the loop first saw a difference, if it has
};

struct Survey {
  Time taken{};  // by AWS's clock, where it is known
  std::vector<Finding> findings;
  // When each place was read; absent: it could not be.
  std::map<estate::Place, std::optional<Time>> places;
};

struct SurveyRequest {
  std::vector<api::Object> wanted;  // laid over what is stored
  std::vector<api::Key> removed;    // as if deleted
  std::vector<api::Key> only;       // empty: everything
  Duration max_age{};               // read again what is older
  // Called from one thread at a time. A total of 0: it is not known.
  std::function<void(const std::string& what, std::size_t done, std::size_t total)> progress;
  std::size_t readers = 1;     // places read at once
  aws::WaitForTurn wait = {};  // absent: what must wait for its turn could not be read
};

class Engine {
 public:
  // `scope` empty: every object. Else only these keys, what they refer to and what they own.
  Engine(EngineEdges edges, connect::Policy policy, std::set<api::Key> scope = {});
  ~Engine();

  // Takes in what has changed and reconciles one due key. False if nothing was due.
  bool step();
  // When step() will find something to do by the clock alone.
  std::optional<Instant> next_due() const;
  // The whole loop on threads: `workers` for acts, `sweepers` for bulk readings. Returns when stop
  // is requested and the last run has ended.
  void run(std::stop_token stop, int workers, int sweepers);
  // Everything has been listed, and nothing is due or at work now: what is settled at such a moment
  // was looked at by this engine.
  bool idle() const;
  // Looks at the key as soon as possible.
  void enqueue(const api::Key& key);

  // Only reads AWS and writes nothing. Errors: those of the store; what AWS does not let us read
  // stands in the findings. Not together with run().
  Result<Survey> survey(const SurveyRequest& request);

  loop::Controller::Counts counts() const;

  struct Parts;  // engine_parts.h, private to the engine's own files

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace certloop
