#include "reconcilers/zone/zone_reconciler.h"
#include "store/typed.h"

namespace certloop::zone {
namespace {

std::string name_of(const api::HostedZone& zone) { return zone.meta.space + "/" + zone.meta.name; }

// What the store has of it now; then the pass begins anew.
Result<void> read_again(const World& world, const api::Key& key) {
  const auto live = store::get<api::ZoneRecord>(world.store, key.space, key.name);
  if (live.ok())
    world.records.note(*live);
  else if (live.error().code() == Code::not_found)
    world.records.forget(key);
  else
    return live.error();
  return {};
}

Error wrote_first(const api::Key& key) {
  return Error(Code::conflict, api::text_of(key) + " was changed meanwhile: it is read again");
}

Result<bool> make(const World& world, const api::HostedZone& zone, const api::KeptRecord& kept) {
  const api::Key key = api::zone_record_key(name_of(zone), kept.record.name);
  api::ZoneRecord record;
  record.meta.space = key.space;
  record.meta.name = key.name;
  record.meta.owners = {{api::Kind::hosted_zone, zone.meta.name, zone.meta.uid}};
  record.spec = {zone.meta.name, kept.record.name};
  record.status = kept;
  const auto made = world.store.create(api::write(record));
  if (made.ok()) {
    world.records.note(TRY(api::read<api::ZoneRecord>(*made)));
    return true;
  }
  if (made.error().code() != Code::already_exists) return made.error();
  TRY(read_again(world, key));
  return false;
}

Result<void> change(const World& world, api::ZoneRecord record, const api::KeptRecord& kept) {
  const api::Key key = record.key();
  record.status = kept;
  const auto written = world.store.update_status(api::write(record));
  if (written.ok()) {
    world.records.note(TRY(api::read<api::ZoneRecord>(*written)));
    return {};
  }
  const Code code = written.error().code();
  if (code != Code::conflict && code != Code::not_found) return written.error();
  TRY(read_again(world, key));
  return wrote_first(key);
}

Result<void> remove(const World& world, const api::ZoneRecord& record) {
  const auto gone =
      world.store.remove(record.key(), {.uid = record.meta.uid, .version = record.meta.version});
  if (!gone.ok() && gone.error().code() == Code::conflict) {
    TRY(read_again(world, record.key()));
    return wrote_first(record.key());
  }
  if (!gone.ok() && gone.error().code() != Code::not_found) return gone.error();
  world.records.forget(record.key());
  return {};
}

Result<void> write(const World& world, const api::HostedZone& zone, const api::ZoneRecord* before,
                   const api::KeptRecord& kept) {
  if (before != nullptr)
    return before->status == kept ? Result<void>() : change(world, *before, kept);
  // What is only wanted yet leaves nothing behind that had to be remembered.
  if (kept.state == "Missing") return {};
  if (!TRY(make(world, zone, kept)))
    return wrote_first(api::zone_record_key(name_of(zone), kept.record.name));
  return {};
}

}  // namespace

Result<void> write_down(const World& world, const api::HostedZone& zone,
                        const std::vector<api::ZoneRecord>& observed,
                        const std::vector<api::KeptRecord>& records) {
  std::map<std::string, const api::ZoneRecord*> before;
  for (const auto& record : observed) before.emplace(record.status.record.name, &record);
  Result<void> outcome;
  const auto note = [&](const Result<void>& written) {
    if (outcome.ok() && !written.ok()) outcome = written.error();
  };
  for (const auto& kept : records) {
    const auto at = before.find(kept.record.name);
    note(write(world, zone, at == before.end() ? nullptr : at->second, kept));
    if (at != before.end()) before.erase(at);
  }
  for (const auto& [name, record] : before) note(remove(world, *record));
  return outcome;
}

Result<void> move_records(const World& world, api::HostedZone& zone) {
  if (zone.status.records.empty()) return {};
  // One that is there already was moved by a pass that did not come to its end.
  for (const auto& kept : zone.status.records) TRY(make(world, zone, kept));
  zone.status.records.clear();
  const api::Object stored = TRY(world.store.update_status(api::write(zone)));
  zone.meta.version = stored.meta.version;
  return {};
}

}  // namespace certloop::zone
