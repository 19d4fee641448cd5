"""Every operation of the tagging API that the emulator has."""

import pytest

import authorities


@pytest.fixture(scope="module")
def made(emulator, acm, pca):
    """Three certificates of one team, two of them in production, and an authority."""
    certificates = [
        acm.request_certificate(
            DomainName=f"t{i}.example.com",
            ValidationMethod="DNS",
            Tags=[
                {"Key": "tagging-team", "Value": "a" if i else "b"},
                {"Key": "tagging-env", "Value": "prod" if i < 2 else "test"},
            ],
        )["CertificateArn"]
        for i in range(3)
    ]
    authority = authorities.create(
        emulator, pca, Tags=[{"Key": "tagging-team", "Value": "a"}]
    )
    return certificates, authority


def arns(answer):
    return [each["ResourceARN"] for each in answer["ResourceTagMappingList"]]


def test_resources_are_found_by_type_and_tags(tagging, made):
    certificates, authority = made
    team = {"Key": "tagging-team"}
    of_acm = ["acm:certificate"]
    found = tagging.get_resources(TagFilters=[team], ResourceTypeFilters=of_acm)
    assert sorted(arns(found)) == sorted(certificates)
    found = tagging.get_resources(
        TagFilters=[team], ResourceTypeFilters=["acm-pca:certificate-authority"]
    )
    assert arns(found) == [authority]
    found = tagging.get_resources(
        TagFilters=[
            {"Key": "tagging-team", "Values": ["a"]},
            {"Key": "tagging-env", "Values": ["prod", "stage"]},
        ]
    )
    assert arns(found) == [certificates[1]]
    assert arns(tagging.get_resources(ResourceARNList=[authority])) == [authority]


def test_pages(tagging, made):
    paginator = tagging.get_paginator("get_resources")
    pages = paginator.paginate(TagFilters=[{"Key": "tagging-team"}], ResourcesPerPage=1)
    assert len([arn for page in pages for arn in arns(page)]) == 4


def test_a_page_token_expires(emulator, tagging, made):
    page = tagging.get_resources(ResourcesPerPage=1)
    emulator.advance(minutes=16)
    with pytest.raises(tagging.exceptions.PaginationTokenExpiredException):
        tagging.get_resources(ResourcesPerPage=1, PaginationToken=page["PaginationToken"])
    with pytest.raises(tagging.exceptions.InvalidParameterException):
        tagging.get_resources(ResourceARNList=made[0], ResourceTypeFilters=["acm:certificate"])


def test_tags_are_put_on_and_taken_off(acm, tagging, made):
    certificates, authority = made
    nothing = "arn:aws:sqs:eu-west-1:123456789012:queue"
    answer = tagging.tag_resources(
        ResourceARNList=[certificates[0], authority, nothing], Tags={"tagging-new": "yes"}
    )
    assert list(answer["FailedResourcesMap"]) == [nothing]
    found = tagging.get_resources(TagFilters=[{"Key": "tagging-new", "Values": ["yes"]}])
    assert sorted(arns(found)) == sorted([certificates[0], authority])
    answer = tagging.untag_resources(
        ResourceARNList=[certificates[0], authority], TagKeys=["tagging-new"]
    )
    assert answer["FailedResourcesMap"] == {}
    tags = acm.list_tags_for_certificate(CertificateArn=certificates[0])["Tags"]
    assert "tagging-new" not in [tag["Key"] for tag in tags]


def test_keys_and_values(tagging, made):
    keys = tagging.get_tag_keys()["TagKeys"]
    assert {"tagging-team", "tagging-env"} <= set(keys)
    assert tagging.get_tag_values(Key="tagging-env")["TagValues"] == ["prod", "test"]


def test_deleted_resources_disappear(acm, tagging, made):
    certificates, _ = made
    acm.delete_certificate(CertificateArn=certificates[2])
    found = tagging.get_resources(TagFilters=[{"Key": "tagging-env", "Values": ["test"]}])
    assert arns(found) == []
