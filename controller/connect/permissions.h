#pragma once
// What AWS must allow the credentials of an Account, and what for: the one table that preflight,
// printed policies and the Account's condition go by. A test holds it against the operations that
// the clients really call.
//
// Scope Account only. sts:GetCallerIdentity is not in it, for AWS allows it to everybody; nor is
// sts:AssumeRole, which belongs to other credentials than those that it yields: preflight adds it.
// Source: Service Authorization Reference of ACM, Private CA, Route 53 and the tagging API.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/account.h"
#include "base/result.h"
#include "store/store.h"

namespace certloop::connect {

// The part of the work that asks for a permission.
enum class Need {
  watching,           // any Certificate: what ACM holds is read
  keeping,            // any Certificate: tags, and the end of what was replaced or deleted
  requesting,         // issuer.amazon, issuer.authority
  importing,          // issuer.imported with a Secret
  validating,         // issuer.amazon with a hosted zone of this account
  authorities,        // any CertificateAuthority: it is read
  keeping_authority,  // any: tags, revocation, the permission that ACM needs
  making_authority,   // one that is created, not adopted by spec.acmPca.arn
  deleting_authority  // deletionPolicy: Delete
};

// What a policy may limit the action to.
enum class Resource { everything, certificate, authority, zone };

struct Permission {
  std::string_view action;  // "acm:RequestCertificate"
  Need need;
  Resource resource;
  bool mutating;
  bool optional;             // there is another way where it is denied: no reason to fail
  std::string_view purpose;  // "request public and private certificates"
};

// Sorted by action within each need.
std::span<const Permission> permissions();

struct Needs {
  std::vector<Need> needs;    // sorted, each once
  bool reading_only = false;  // management Observe: nothing is ever changed
  bool assumed = false;       // no spec says anything yet: all that certloop can do
};

// What the specs in the store ask of this account; everything where none refers to it. Error: the
// store's.
Result<Needs> needs_of(const store::Store& store, const api::Account& account);
Needs all_needs();

// The rows of the table that these needs ask for.
std::vector<Permission> permissions_for(const Needs& needs);

// An IAM policy document, indented JSON, that allows just these.
std::string policy_document(const std::vector<Permission>& permissions, std::string_view partition);

}  // namespace certloop::connect
