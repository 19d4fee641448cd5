#pragma once
// Requests as the ledger stores them: the whole request as sent, never a key. Pure.
#include "api/document.h"
#include "aws/acm.h"
#include "base/result.h"
#include "pki/chain.h"

namespace certloop::placement {

// The token is not part of it: it is a hash of it.
api::Document written(const aws::RequestCertificate& request);
// Errors: internal (the document is not one that written() made).
Result<aws::RequestCertificate> read_request(const api::Document& document);

// An import without its key: which certificate, and with which tags.
api::Document written_import(const pki::Bundle& bundle, const aws::Tags& tags);

}  // namespace certloop::placement
