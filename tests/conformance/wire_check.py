"""Holds answers against AWS's service models: as bytes on the wire, and as botocore reads them.

Everything the model says is checked: members that do not exist, required ones that are missing,
types, enumerations, patterns, lengths and ranges, status codes, errors that the operation does not
declare, and the headers that clients rely on.
"""

import base64
import binascii
import datetime
import json
import re
import xml.etree.ElementTree as ElementTree

from service_models import service_model

# Where AWS itself leaves its model. Each is seen in recorded answers or in AWS's documentation.
MISSING_THOUGH_REQUIRED = {
    ("ListHostedZonesResponse", "Marker"),  # only when the request had one
    ("CreateHostedZoneResponse", "DelegationSet"),  # private zones have none
}
# ACM spells its answers "RSA-2048" where requests say "RSA_2048".
HYPHENATED = re.compile(r"RSA-\d+|EC-(prime|secp)\d+[rv]1")
MORE_VALUES = {
    ("DescribeCertificate", "KeyAlgorithm"): HYPHENATED.fullmatch,
    ("ListCertificates", "KeyAlgorithm"): HYPHENATED.fullmatch,
    ("SearchCertificates", "KeyAlgorithm"): HYPHENATED.fullmatch,
}
# Members whose pattern in the model contradicts their own documentation there.
OTHER_PATTERNS = {
    # Documented as the ARN of a private CA; the pattern is that of certificates' ARNs.
    "DescribeCertificate.Certificate.CertificateAuthorityArn": (
        r"arn:[\w-]+:acm-pca:[\w-]+:\d{12}:certificate-authority/[\w-]+"
    ),
    # Documented as encrypted, and so in every example; the pattern is that of unencrypted keys.
    "ExportCertificate.PrivateKey": (
        r"-----BEGIN ENCRYPTED PRIVATE KEY-----\n([\w/+]{64}\n)*[\w/+]{1,64}={0,2}\n"
        r"-----END ENCRYPTED PRIVATE KEY-----\n?"
    ),
}
# Shapes whose pattern AWS's own answers do not keep.
SHAPE_PATTERNS = {
    # Imported certificates have names of one label: "localhost" was recorded.
    "DomainNameString": r"(\*\.)?(?!-)[A-Za-z0-9-]*[A-Za-z0-9](\.(?!-)[A-Za-z0-9-]*[A-Za-z0-9])*",
}
# Errors that operations do not declare, but were recorded from AWS.
UNDECLARED = {("AssumeRole", "InvalidParameterValue")}

# What every service may answer whether its operations declare it or not (Common errors).
COMMON_ERRORS = {
    "AccessDenied",
    "AccessDeniedException",
    "ExpiredTokenException",
    "ExpiredToken",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InternalFailure",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "SerializationException",
    "SignatureDoesNotMatch",
    "Throttling",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationError",
    "ValidationException",
}


class Mismatch(AssertionError):
    pass


def check_call(http_response, parsed, model, **_):
    """A handler for botocore's after-call event. Raises Mismatch."""
    operation = _operation(model)
    problems = check_answer(
        operation, http_response.status_code, http_response.headers, http_response.content
    )
    if http_response.status_code < 300:
        output = {key: value for key, value in parsed.items() if key != "ResponseMetadata"}
        if operation.output_shape:
            _parsed(operation.output_shape, output, operation.name, problems)
        elif output:
            problems.append(f"{operation.name}: has no output, but botocore read {output}")
    if problems:
        raise Mismatch("\n".join(problems) + f"\nin {http_response.content!r}")


def check_answer(operation, status, headers, body):
    """What is wrong with the bytes, as a list."""
    protocol = operation.service_model.metadata["protocol"]
    problems = []
    if not headers.get("x-amzn-RequestId"):
        problems.append("no x-amzn-RequestId header")
    wanted = "application/x-amz-json-1.1" if protocol == "json" else "text/xml"
    if headers.get("Content-Type", "").split(";")[0] != wanted:
        problems.append(f"Content-Type is {headers.get('Content-Type')}, not {wanted}")
    if status >= 300:
        check = _json_error if protocol == "json" else _xml_error
        check(operation, status, headers, body, problems)
        return problems
    expected = operation.http.get("responseCode", 200)
    if status != expected:
        problems.append(f"status {status}, not {expected}")
    if protocol == "json":
        _json_output(operation, body, problems)
    else:
        _xml_output(operation, headers, body, problems)
    return problems


def _operation(model):
    """The operation in our model; AWS's newer one may know members that botocore's does not."""
    service = service_model(model.service_model.service_name)
    return service.operation_model(model.name) if model.name in service.operation_names else model


def _json_output(operation, body, problems):
    if operation.output_shape is None:
        if body:
            problems.append(f"{operation.name} has no output, but there is a body")
        return
    _json(operation.output_shape, json.loads(body), operation.name, problems)


def _xml_output(operation, headers, body, problems):
    root = ElementTree.fromstring(body)
    namespace = _namespace(operation)
    if root.tag != f"{{{namespace}}}{operation.name}Response":
        problems.append(f"the root element is {root.tag}")
    shape = operation.output_shape
    if operation.service_model.metadata["protocol"] == "query":
        metadata = root.find(f"{{{namespace}}}ResponseMetadata/{{{namespace}}}RequestId")
        if metadata is None or not metadata.text:
            problems.append("no RequestId in ResponseMetadata")
        root = root.find(f"{{{namespace}}}{shape.serialization['resultWrapper']}")
        if root is None:
            problems.append(f"no element {shape.serialization['resultWrapper']}")
            return
    for name, member in shape.members.items():
        if member.serialization.get("location") == "header":
            header = member.serialization.get("name", name)
            if name in shape.required_members and not headers.get(header):
                problems.append(f"no {header} header")
    _xml(shape, root, operation.name, problems, namespace)


def _namespace(operation):
    metadata = operation.service_model.metadata
    if "xmlNamespace" in metadata:
        return metadata["xmlNamespace"]
    return f"https://{metadata['endpointPrefix']}.amazonaws.com/doc/{metadata['apiVersion']}/"


def _declared(operation):
    """Error shapes by the code that the wire says."""
    return {
        shape.metadata.get("error", {}).get("code", shape.name): shape
        for shape in operation.error_shapes
    }


def _check_code(operation, code, status, problems):
    declared = _declared(operation)
    if code in declared:
        expected = declared[code].metadata.get("error", {}).get("httpStatusCode", 400)
        if status != expected:
            problems.append(f"{code} has status {status}, not {expected}")
    elif code not in COMMON_ERRORS and (operation.name, code) not in UNDECLARED:
        problems.append(f"{operation.name} does not declare the error {code}")
    return declared.get(code)


def _json_error(operation, status, headers, body, problems):
    error = json.loads(body)
    code = error.pop("__type", "")
    if headers.get("x-amzn-ErrorType") != code:
        problems.append(f"__type {code!r}, x-amzn-ErrorType {headers.get('x-amzn-ErrorType')!r}")
    shape = _check_code(operation, code, status, problems)
    if shape is not None:
        _json(shape, error, code, problems)
    if not (error.get("message") or error.get("Message")):
        problems.append(f"{code} has no message")


def _xml_error(operation, status, headers, body, problems):
    root = ElementTree.fromstring(body)
    texts = {element.tag.split("}")[-1]: element.text for element in root.iter()}
    if not root.tag.endswith("}ErrorResponse") or _namespace(operation) not in root.tag:
        problems.append(f"the root element is {root.tag}")
    if texts.get("Type") not in ("Sender", "Receiver"):
        problems.append(f"Type is {texts.get('Type')}")
    if texts.get("RequestId") != headers.get("x-amzn-RequestId"):
        problems.append("the RequestId is not the header's")
    if not texts.get("Message"):
        problems.append(f"{texts.get('Code')} has no message")
    _check_code(operation, texts.get("Code"), status, problems)


def _structure(shape, present, path, problems):
    """Names that do not exist, and required ones that are missing."""
    for name in present:
        if name not in shape.members:
            problems.append(f"{path}: {shape.name} has no member {name}")
    for name in shape.required_members:
        if shape.members[name].serialization.get("location"):
            continue
        if name not in present and (shape.name, name) not in MISSING_THOUGH_REQUIRED:
            problems.append(f"{path}: the required member {name} is missing")


def _length(shape, size, path, problems):
    minimum, maximum = shape.metadata.get("min"), shape.metadata.get("max")
    if minimum is not None and size < minimum:
        problems.append(f"{path}: {size} is below the minimum {minimum} of {shape.name}")
    if maximum is not None and size > maximum:
        problems.append(f"{path}: {size} is above the maximum {maximum} of {shape.name}")


def _python_pattern(pattern):
    """Java's classes of Unicode, as far as the models use them inside brackets."""
    return pattern.replace(r"\p{L}", r"\w").replace(r"\p{Z}", r"\s").replace(r"\p{N}", r"\d")


def _text(shape, text, path, problems):
    _length(shape, len(text), path, problems)
    values = shape.metadata.get("enum")
    if values and text not in values:
        allowed = MORE_VALUES.get((path.split(".")[0], shape.name))
        if not (allowed and allowed(text)):
            problems.append(f"{path}: {text!r} is not one of {shape.name}'s values")
    pattern = SHAPE_PATTERNS.get(shape.name, shape.metadata.get("pattern"))
    pattern = OTHER_PATTERNS.get(path, pattern)
    if pattern and not values and not re.fullmatch(_python_pattern(pattern), text):
        problems.append(f"{path}: {text!r} does not match {shape.name}'s {pattern}")


def _number(shape, value, path, problems):
    if shape.type_name in ("integer", "long"):
        _length(shape, value, path, problems)


def _json(shape, value, path, problems):
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        _structure(shape, value, path, problems)
        for name, member in shape.members.items():
            if name in value:
                _json(member, value[name], f"{path}.{name}", problems)
    elif kind == "list" and isinstance(value, list):
        _length(shape, len(value), path, problems)
        for index, each in enumerate(value):
            _json(shape.member, each, f"{path}[{index}]", problems)
    elif kind == "map" and isinstance(value, dict):
        for key, each in value.items():
            _json(shape.key, key, f"{path} key", problems)
            _json(shape.value, each, f"{path}[{key}]", problems)
    elif kind in ("string", "character") and isinstance(value, str):
        _text(shape, value, path, problems)
    elif kind == "boolean" and isinstance(value, bool):
        pass
    elif kind in ("integer", "long") and isinstance(value, int) and not isinstance(value, bool):
        _number(shape, value, path, problems)
    elif kind in ("double", "float", "timestamp") and _is_number(value):
        pass
    elif kind == "blob" and isinstance(value, str):
        try:
            _length(shape, len(base64.b64decode(value, validate=True)), path, problems)
        except binascii.Error:
            problems.append(f"{path}: not base64")
    else:
        problems.append(f"{path}: {value!r} is not a {kind}")


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _xml(shape, element, path, problems, namespace):
    kind = shape.type_name
    children = list(element)
    if any(not child.tag.startswith(f"{{{namespace}}}") for child in children):
        problems.append(f"{path}: an element of another namespace")
    if kind == "structure":
        by_element = {
            member.serialization.get("name", name): name for name, member in shape.members.items()
        }
        names = [child.tag.split("}")[-1] for child in children]
        _structure(shape, [by_element.get(name, name) for name in names], path, problems)
        if len(set(names)) != len(names):
            problems.append(f"{path}: an element stands twice")
        for child, name in zip(children, names):
            if name in by_element:
                member = shape.members[by_element[name]]
                _xml(member, child, f"{path}.{name}", problems, namespace)
    elif kind == "list":
        _length(shape, len(children), path, problems)
        wanted = shape.member.serialization.get("name", "member")
        for index, child in enumerate(children):
            if child.tag.split("}")[-1] != wanted:
                problems.append(f"{path}: the element is {child.tag}, not {wanted}")
            _xml(shape.member, child, f"{path}[{index}]", problems, namespace)
    elif children:
        problems.append(f"{path}: a {kind} has child elements")
    else:
        _xml_scalar(shape, element.text or "", path, problems)


def _xml_scalar(shape, text, path, problems):
    kind = shape.type_name
    if kind in ("string", "character"):
        _text(shape, text, path, problems)
    elif kind == "boolean" and text in ("true", "false"):
        pass
    elif kind in ("integer", "long") and re.fullmatch(r"-?\d+", text):
        _number(shape, int(text), path, problems)
    elif kind == "timestamp" and re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text
    ):
        pass
    else:
        problems.append(f"{path}: {text!r} is not a {kind}")


PARSED_TYPES = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "double": float,
    "float": float,
    "timestamp": datetime.datetime,
    "blob": bytes,
}


def _parsed(shape, value, path, problems):
    """What botocore made of the bytes."""
    if not isinstance(value, PARSED_TYPES[shape.type_name]):
        problems.append(f"{path}: botocore read {value!r} for a {shape.type_name}")
    elif shape.type_name == "structure":
        present = [name for name in value]
        for name in present:
            if name not in shape.members:
                problems.append(f"{path}: botocore read {name}, which {shape.name} has not")
        for name in shape.required_members:
            if name not in present and (shape.name, name) not in MISSING_THOUGH_REQUIRED:
                problems.append(f"{path}: botocore did not find {name}")
        for name in set(present) & set(shape.members):
            _parsed(shape.members[name], value[name], f"{path}.{name}", problems)
    elif shape.type_name == "list":
        for index, each in enumerate(value):
            _parsed(shape.member, each, f"{path}[{index}]", problems)
    elif shape.type_name == "map":
        for key, each in value.items():
            _parsed(shape.value, each, f"{path}[{key}]", problems)
