#include "aws/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

#include "aws/xml.h"
#include "base/redact.h"
#include "base/text.h"

namespace certloop::aws {
namespace {

constexpr std::size_t kLongestMessage = 1000;
constexpr std::size_t kLongestName = 100;
constexpr Duration kLongestToldWait = std::chrono::minutes(15);
constexpr std::string_view kUnknownOperation = "UnknownOperation";

// Names that mean the same with every service. Those that need a word are explained where they are.
const std::map<std::string_view, Code>& common_names() {
  static const std::map<std::string_view, Code> names = {
      // The request is wrong, and stays so until somebody edits something.
      {"CertificateMismatchException", Code::invalid},
      {"DelegationSetNotReusable", Code::invalid},
      {"InvalidArgsException", Code::invalid},
      {"InvalidArnException", Code::invalid},
      {"InvalidAuthorizationMessageException", Code::invalid},
      {"InvalidChangeBatch", Code::invalid},
      {"InvalidDomainName", Code::invalid},
      {"InvalidDomainValidationOptionsException", Code::invalid},
      {"InvalidInput", Code::invalid},
      {"InvalidInputException", Code::invalid},
      {"InvalidParameterCombination", Code::invalid},
      {"InvalidParameterException", Code::invalid},
      {"InvalidParameterValue", Code::invalid},
      {"InvalidPolicyException", Code::invalid},
      {"InvalidRequestException", Code::invalid},
      {"InvalidTagException", Code::invalid},
      {"JWTPayloadSizeExceededException", Code::invalid},
      {"LockoutPreventedException", Code::invalid},
      {"MalformedCertificateException", Code::invalid},
      {"MalformedCSRException", Code::invalid},
      {"MalformedPolicyDocument", Code::invalid},
      {"MalformedPolicyDocumentException", Code::invalid},
      {"MissingParameter", Code::invalid},
      {"PackedPolicyTooLarge", Code::invalid},
      {"RequestEntityTooLarge", Code::invalid},
      {"SerializationException", Code::invalid},
      {"TagPolicyException", Code::invalid},
      {"TooManyTagsException", Code::invalid},
      {"ValidationError", Code::invalid},
      {"ValidationException", Code::invalid},
      // Not allowed, or not proven to be who we say.
      {"AccessDenied", Code::denied},
      {"AccessDeniedException", Code::denied},
      {"AuthFailure", Code::denied},
      {"AWSOrganizationsNotInUseException", Code::denied},
      {"DecryptionFailure", Code::denied},
      {"EncryptionFailure", Code::denied},
      {"ExpiredToken", Code::denied},
      {"ExpiredTokenException", Code::denied},
      {"ExpiredTradeInTokenException", Code::denied},
      {"IDPRejectedClaim", Code::denied},
      {"IncompleteSignature", Code::denied},
      {"IncompleteSignatureException", Code::denied},
      {"InvalidClientTokenId", Code::denied},
      {"InvalidIdentityToken", Code::denied},
      {"InvalidSignatureException", Code::denied},
      {"MissingAuthenticationToken", Code::denied},
      {"MissingAuthenticationTokenException", Code::denied},
      {"NotAuthorized", Code::denied},
      {"OptInRequired", Code::denied},
      {"OutboundWebIdentityFederationDisabledException", Code::denied},
      {"RegionDisabledException", Code::denied},
      {"RequestExpired", Code::denied},
      {"RequestInTheFuture", Code::denied},
      {"RequestTimeTooSkewed", Code::denied},
      {"SessionDurationEscalationException", Code::denied},
      {"SignatureDoesNotMatch", Code::denied},
      {"UnauthorizedOperation", Code::denied},
      {"UnrecognizedClientException", Code::denied},
      // There is none.
      {"AccountNotFoundException", Code::not_found},
      {"NoSuchChange", Code::not_found},
      {"NoSuchDelegationSet", Code::not_found},
      {"NoSuchEntity", Code::not_found},
      {"NoSuchHealthCheck", Code::not_found},
      {"NoSuchHostedZone", Code::not_found},
      {"ParentNotFoundException", Code::not_found},
      {"ResourceNotFoundException", Code::not_found},
      // Done already.
      {"PermissionAlreadyExistsException", Code::already_exists},
      {"RequestAlreadyProcessedException", Code::already_exists},
      {"ResourceExistsException", Code::already_exists},
      // Not now: something else is going on, or the state has moved. Read again.
      {"ConcurrentModification", Code::conflict},
      {"ConcurrentModificationException", Code::conflict},
      {"ConflictException", Code::conflict},
      {"InvalidNextTokenException", Code::conflict},  // the listing changed under us: begin again
      {"InvalidStateException", Code::conflict},
      {"PaginationTokenExpiredException", Code::conflict},
      {"PreconditionNotMetException", Code::conflict},
      {"PriorRequestNotComplete", Code::conflict},  // one change of a zone at a time
      {"RequestInProgressException", Code::conflict},
      {"ResourceInUseException", Code::conflict},
      // Too fast.
      {"BandwidthLimitExceeded", Code::throttled},
      {"EC2ThrottledException", Code::throttled},
      {"LimitExceededException", Code::throttled},
      {"ProvisionedThroughputExceededException", Code::throttled},
      {"RequestLimitExceeded", Code::throttled},
      {"RequestThrottled", Code::throttled},
      {"RequestThrottledException", Code::throttled},
      {"SlowDown", Code::throttled},
      {"Throttling", Code::throttled},
      {"ThrottlingException", Code::throttled},
      {"ThrottledException", Code::throttled},
      {"TooManyRequestsException", Code::throttled},
      {"TransactionInProgressException", Code::throttled},
      // The service's own trouble.
      {"IDPCommunicationError", Code::unavailable},
      {"InternalError", Code::unavailable},
      {"InternalFailure", Code::unavailable},
      {"InternalServerError", Code::unavailable},
      {"InternalServerException", Code::unavailable},
      {"InternalServiceError", Code::unavailable},
      {"InternalServiceException", Code::unavailable},
      {"PolicyEvaluation", Code::unavailable},
      {"RequestFailedException", Code::unavailable},  // PCA, "for an unspecified reason"
      {"RequestTimeout", Code::unavailable},
      {"RequestTimeoutException", Code::unavailable},
      {"ServiceException", Code::unavailable},
      {"ServiceUnavailable", Code::unavailable},
      {"ServiceUnavailableException", Code::unavailable},
  };
  return names;
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_unknown_operation(std::string_view name) {
  return is_one_of(name, {"UnknownOperationException", "UnknownOperation", "InvalidAction",
                          "NotImplemented", "NotImplementedException"});
}

// "aws.protocoltests#FooError:http://..." is FooError. A name with other characters is none.
std::string bare_name(std::string_view text) {
  text = text.substr(0, text.find(':'));
  const auto hash = text.find('#');
  if (hash != std::string_view::npos) text.remove_prefix(hash + 1);
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
  return plain && text.size() <= kLongestName ? std::string(text) : std::string();
}

struct Told {
  std::string name, message, request_id;
};

std::string string_member(const nlohmann::json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

Told told_in_json(const std::string& body) {
  Told told;
  const auto object = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return told;
  for (const char* key : {"__type", "code", "Code"})
    if (told.name.empty()) told.name = bare_name(string_member(object, key));
  for (const char* key : {"message", "Message", "errorMessage"})
    if (told.message.empty()) told.message = string_member(object, key);
  return told;
}

// <ErrorResponse><Error><Code/><Message/></Error><RequestId/></ErrorResponse>, a bare <Error>, or
// Route 53's <InvalidChangeBatch><Messages><Message/>...</Messages></InvalidChangeBatch>.
Told told_in_xml(const std::string& body) {
  Told told;
  const auto root = parse_xml(body);
  if (!root.ok() || lower(root->name) == "html") return told;
  const XmlNode* error = root->child("Error");
  if (const XmlNode* errors = root->child("Errors"); error == nullptr && errors != nullptr)
    error = errors->child("Error");
  if (error == nullptr) error = &*root;
  told.name = bare_name(error->child_text("Code"));
  told.message = error->child_text("Message");
  told.request_id = root->child_text("RequestId");
  if (!told.name.empty()) return told;
  if (code_of("", root->name) != Code::internal || is_unknown_operation(root->name))
    told.name = root->name;
  for (const XmlNode* message : root->list("Messages", "Message"))
    told.message += (told.message.empty() ? "" : " ") + message->text;
  return told;
}

Told told_by(const net::HttpResponse& response) {
  const std::string_view body = trim(response.body);
  Told told;
  if (body.starts_with('{')) told = told_in_json(response.body);
  if (body.starts_with('<')) told = told_in_xml(response.body);
  if (const auto type = net::header(response.headers, "x-amzn-errortype"))
    if (const std::string name = bare_name(*type); !name.empty()) told.name = name;
  if (const auto id = net::header(response.headers, "x-amzn-requestid")) told.request_id = *id;
  told.request_id = bare_name(told.request_id);
  return told;
}

// A refused signature is answered with the canonical request, and that holds the session token;
// other refusals quote headers and parameters.
std::string shown(std::string message) {
  message = redacted(message.substr(0, message.find("The Canonical String for this request")));
  const bool cut = message.size() > kLongestMessage;
  return printable(trim(std::string_view(message).substr(0, kLongestMessage))) + (cut ? "..." : "");
}

// What the status alone says, where no known name does. 404 is never "there is no such resource":
// a proxy in between answers that too.
Code code_by_status(int status) {
  switch (status) {
    case 401:
    case 403: return Code::denied;
    case 413: return Code::invalid;
    case 429: return Code::throttled;
    default: return status >= 500 ? Code::unavailable : Code::internal;
  }
}

// A server may tell us to stay away for weeks; what we were told is asked again much sooner.
std::optional<Duration> told_wait(const net::HttpResponse& response) {
  const auto number = [&](const char* name) -> std::optional<long> {
    const auto text = net::header(response.headers, name);
    long value = 0;
    if (!text) return std::nullopt;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
    return std::clamp(value, 0L, 1000L * kLongestToldWait.count());
  };
  std::optional<Duration> told;
  if (const auto millis = number("x-amz-retry-after"))
    told = Duration(*millis);
  else if (const auto seconds = number("retry-after"))
    told = Duration(*seconds * 1000);
  if (told) told = std::min(*told, kLongestToldWait);
  return told;
}

}  // namespace

Code code_of(std::string_view service, std::string_view name) {
  if (name == "LimitExceededException" && is_one_of(service, {"acm", "acm-pca", "secretsmanager"}))
    return Code::exhausted;
  const auto found = common_names().find(name);
  return found == common_names().end() ? Code::internal : found->second;
}

Error refusal(const CallName& call, const net::HttpResponse& response) {
  const Told told = told_by(response);
  const bool unknown_operation =
      is_unknown_operation(told.name) ||
      (told.name.empty() && (response.status == 404 || response.status == 500));
  Code code = code_of(call.service, told.name);
  if (code == Code::internal && !unknown_operation) code = code_by_status(response.status);

  std::string detail = shown(told.message);
  if (unknown_operation)
    detail = "the server has no such operation" + (detail.empty() ? "" : ": " + detail);
  else if (detail.empty())
    detail = "refused without a message";
  const std::string name =
      told.name.empty() ? fmt::format("HTTP status {}", response.status) : told.name;
  Error error(code, fmt::format("{} {} in {}: {} ({}{}{})", call.service, call.operation,
                                call.region, detail, name,
                                told.request_id.empty() ? "" : ", request id ", told.request_id));
  error = std::move(error).answered({told.name, told.request_id, response.status});
  if (unknown_operation) error = std::move(error).because(std::string(kUnknownOperation));
  if (const auto wait = told_wait(response)) error = std::move(error).after(*wait);
  return error;
}

bool is_about_credentials(const Error& error) {
  return error.answer() &&
         is_one_of(error.answer()->code, {"ExpiredToken", "ExpiredTokenException", "RequestExpired",
                                          "UnrecognizedClientException", "InvalidClientTokenId"});
}

bool is_about_time(const Error& error) {
  return error.answer() &&
         is_one_of(error.answer()->code,
                   {"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture",
                    "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure"});
}

bool is_about_region(const Error& error) {
  return error.answer() &&
         is_one_of(error.answer()->code, {"RegionDisabledException", "UnrecognizedClientException",
                                          "InvalidClientTokenId"});
}

bool lacks_operation(const Error& error) { return error.reason() == kUnknownOperation; }

}  // namespace certloop::aws
