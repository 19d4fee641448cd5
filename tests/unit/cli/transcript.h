#pragma once
// Transcripts (tests/cli/*.txt): what a person types and what he sees, as text.
//
//   # a comment
//   $ certloop get certificates       a command, in words as a shell splits them
//   NAME   READY                      what must stand on standard output
//   \# output                          output that begins with #
//   ! No certificates found           a line on standard error
//   ? 1                               the exit code; 0 if it is not given
//   %file shop.yaml ... %end          a file for -f; %stdin ... %end what -f - reads
//   %env NAME=VALUE, %terminal 80     the process's edges; %terminal 0 is a pipe again
//   %status certificate payments/shop {json}          a reconciler's work
//   %event payments/name {json}
//   %outcome certificate payments/shop ready message  what reconciling will answer
//   %when-reconciled status ..., %while-waiting status ...   the same, later
//   %while-waiting remove certificate payments/shop
//   %finalizer certificate payments/shop certloop.dev/aws
//   %progress certificate payments/shop message       also "[standing] message", "[ended] message"
//   %step, %held, %drift, %expiry, %unread {json}     what the planner will find
//   %denied line                                      what admit refuses
//   %state                                            makes an empty state
//   %no-state                                         asserts that no state was made
//
// The path of the state directory is written STATE.
#include <string>

namespace certloop::cli {

// Empty: everything was as written. Else the first thing that was not.
std::string run_transcript(const std::string& text);

}  // namespace certloop::cli
