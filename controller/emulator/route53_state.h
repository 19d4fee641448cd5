#pragma once
// What Route53Service keeps, shared by its .cpp files. Private to them.
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "emulator/route53.h"
#include "emulator/route53_xml.h"
#include "emulator/route53_zone.h"

namespace certloop::emulator {

struct Route53Service::Internals {
  struct OwnedZone {
    std::string account;
    std::uint64_t sequence = 0;  // of its creation
    Zone zone;
  };
  struct OwnedChange {
    std::string account;
    ChangeInfo info;
  };

  explicit Internals(World& the_world);

  // What the path and the query of a request say.
  struct Request {
    std::string id;  // the path's last name: of a zone or a change
    std::map<std::string, std::string> query;
  };

  Answer<net::HttpResponse> create_zone(Call& call);
  Answer<net::HttpResponse> get_zone(Call& call, const Request& request);
  Answer<net::HttpResponse> delete_zone(Call& call, const Request& request);
  Answer<net::HttpResponse> list_zones(Call& call, const Request& request);
  Answer<net::HttpResponse> list_zones_by_name(Call& call, const Request& request);
  Answer<net::HttpResponse> change_records(Call& call, const Request& request);
  Answer<net::HttpResponse> list_records(Call& call, const Request& request);
  Answer<net::HttpResponse> get_change(Call& call, const Request& request);

  Answer<OwnedZone*> find_zone(const std::string& account, const std::string& id);
  Answer<OwnedZone*> add_zone(const std::string& account, const ZoneOrder& order);
  ChangeInfo add_change(const std::string& account, const std::string& comment, Time now);
  std::string new_id(char first);
  // What a page may hold: `maxitems`, at most `most`. Errors: InvalidInput.
  static Answer<std::size_t> page_size(const Request& request, std::size_t most);
  static std::string parameter(const Request& request, const std::string& name);
  void index_names();  // rebuilds `public_zones`
  void make_optional_zones();

  World& world;
  std::vector<Operation> operations;
  std::map<std::string, OwnedZone> zones;                        // by id
  std::map<std::string, std::vector<std::string>> public_zones;  // ids by name
  std::map<std::string, OwnedChange> changes;                    // by id
  std::deque<std::string> changes_in_order;
  std::uint64_t next_sequence = 1;
  std::uint64_t revision = 1;
};

}  // namespace certloop::emulator
