#pragma once
// What speaks against removing a validation record: whatever still needs it, and whatever could not
// be read. The last look before a removal (PROTOCOLS 4).
#include <map>
#include <string>
#include <vector>

#include "reconcilers/zone/zone_reconciler.h"

namespace certloop::zone {

// Looks for certificates (ours or not) with the domain of each record, and for placements that may
// be about to have one: among all placements, then in complete snapshots of every region of the
// accounts that needed the record. Every region: those of the partition (aws/regions.h) and those
// that the Account lists, but for opt-in ones where AWS refuses credentials that are good
// everywhere else, which is how it tells that the account has not opted in.
//
// A certificate whose spec names another zone does not object, once its record is in place there.
// `zone` is "namespace/name".
//
// A snapshot of the last ten minutes is believed, others are made: one bulk read for each region,
// none once every record has an objection. Answers the objections by record name, sentences for the
// status; an empty list means that the record may go. What cannot be read is an objection.
// Errors: those of the store; cancelled.
Result<std::map<std::string, std::vector<std::string>>> objections(
    const World& world, const std::string& zone, const std::vector<api::KeptRecord>& due);

}  // namespace certloop::zone
