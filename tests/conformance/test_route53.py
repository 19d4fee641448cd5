"""Every operation of Route 53 that the emulator has."""

import uuid

import pytest


@pytest.fixture
def zone(route53):
    made = route53.create_hosted_zone(
        Name="Example.com", CallerReference=str(uuid.uuid4()), HostedZoneConfig={"Comment": "c"}
    )
    return made["HostedZone"]["Id"]


def change(route53, zone, *changes, comment="a comment"):
    return route53.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={
            "Comment": comment,
            "Changes": [
                {
                    "Action": action,
                    "ResourceRecordSet": {
                        "Name": name,
                        "Type": kind,
                        "TTL": 300,
                        "ResourceRecords": [{"Value": value}],
                    },
                }
                for action, name, kind, value in changes
            ],
        },
    )["ChangeInfo"]


def test_a_zone_is_made_and_found(route53, zone):
    found = route53.get_hosted_zone(Id=zone)
    assert found["HostedZone"]["Name"] == "example.com."
    assert found["HostedZone"]["ResourceRecordSetCount"] == 2
    assert len(found["DelegationSet"]["NameServers"]) == 4
    listed = [
        each["Id"]
        for page in route53.get_paginator("list_hosted_zones").paginate(
            PaginationConfig={"PageSize": 1}
        )
        for each in page["HostedZones"]
    ]
    assert zone in listed
    named = route53.list_hosted_zones_by_name(DNSName="example.com", MaxItems="1")
    assert named["HostedZones"][0]["Name"] == "example.com."
    with pytest.raises(route53.exceptions.HostedZoneAlreadyExists):
        route53.create_hosted_zone(
            Name="example.com", CallerReference=found["HostedZone"]["CallerReference"]
        )


def test_zones_by_name_go_on_where_the_page_ended(route53, zone):
    seen, start = [], {}
    while True:
        page = route53.list_hosted_zones_by_name(MaxItems="1", **start)
        seen += [each["Id"] for each in page["HostedZones"]]
        if not page["IsTruncated"]:
            break
        start = {"DNSName": page["NextDNSName"], "HostedZoneId": page["NextHostedZoneId"]}
    assert zone in seen
    assert len(seen) == len(set(seen))


def test_a_private_zone_has_its_vpc(route53):
    vpc = {"VPCRegion": "eu-west-1", "VPCId": "vpc-0123456789abcdef0"}
    made = route53.create_hosted_zone(Name="internal", CallerReference="private", VPC=vpc)
    assert made["VPC"] == vpc
    found = route53.get_hosted_zone(Id=made["HostedZone"]["Id"])
    assert found["HostedZone"]["Config"]["PrivateZone"] is True
    assert found["VPCs"] == [vpc]
    with pytest.raises(route53.exceptions.InvalidVPCId):
        route53.create_hosted_zone(
            Name="internal",
            CallerReference="no vpc",
            VPC={"VPCRegion": "eu-west-1", "VPCId": "none"},
        )


def test_a_change_goes_from_pending_to_insync(emulator, route53, zone):
    info = change(route53, zone, ("UPSERT", "_a.example.com", "CNAME", "_b.acm-validations.aws."))
    assert info["Status"] == "PENDING"
    emulator.advance(seconds=31)
    found = route53.get_change(Id=info["Id"])["ChangeInfo"]
    assert (found["Status"], found["Comment"]) == ("INSYNC", "a comment")
    route53.get_waiter("resource_record_sets_changed").wait(
        Id=info["Id"], WaiterConfig={"Delay": 0, "MaxAttempts": 1}
    )
    with pytest.raises(route53.exceptions.NoSuchChange):
        route53.get_change(Id="CNONE")


def test_records_are_listed_in_order_and_from_a_name_on(route53, zone):
    change(
        route53,
        zone,
        ("CREATE", "*.example.com", "TXT", '"quoted & <escaped>"'),
        ("CREATE", "a.b.example.com", "A", "192.0.2.1"),
        ("CREATE", "b.example.com", "AAAA", "2001:db8::1"),
        ("CREATE", "b.example.com", "CAA", '0 issue "amazon.com"'),
    )
    paginator = route53.get_paginator("list_resource_record_sets")
    pages = paginator.paginate(HostedZoneId=zone, PaginationConfig={"PageSize": 1})
    records = [record for page in pages for record in page["ResourceRecordSets"]]
    assert [(record["Name"], record["Type"]) for record in records] == [
        ("example.com.", "NS"),
        ("example.com.", "SOA"),
        ("\\052.example.com.", "TXT"),
        ("b.example.com.", "AAAA"),
        ("b.example.com.", "CAA"),
        ("a.b.example.com.", "A"),
    ]
    assert records[2]["ResourceRecords"] == [{"Value": '"quoted & <escaped>"'}]
    found = route53.list_resource_record_sets(
        HostedZoneId=zone, StartRecordName="*.example.com", StartRecordType="TXT", MaxItems="1"
    )
    assert found["ResourceRecordSets"][0] == records[2]


def test_an_alias_and_weights_come_back_as_they_went(route53, zone):
    weighted = {
        "Name": "w.example.com.",
        "Type": "A",
        "SetIdentifier": "one",
        "Weight": 10,
        "TTL": 60,
        "ResourceRecords": [{"Value": "192.0.2.1"}],
    }
    alias = {
        "Name": "z.example.com.",
        "Type": "A",
        "AliasTarget": {
            "HostedZoneId": "Z2FDTNDATAQYW2",
            "DNSName": "d111111abcdef8.cloudfront.net.",
            "EvaluateTargetHealth": False,
        },
    }
    changes = [{"Action": "CREATE", "ResourceRecordSet": each} for each in (weighted, alias)]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    found = route53.list_resource_record_sets(HostedZoneId=zone, StartRecordName="w.example.com")
    assert found["ResourceRecordSets"] == [weighted, alias]


@pytest.mark.parametrize(
    "changes, message",
    [
        (
            [("CREATE", "a.example.com", "A", "192.0.2.9")],
            "[Tried to create resource record set [name='a.example.com.', type='A'] "
            "but it already exists]",
        ),
        (
            [("DELETE", "a.example.com", "A", "192.0.2.9")],
            "[Tried to delete resource record set [name='a.example.com.', type='A'] "
            "but the values provided do not match the current values]",
        ),
        (
            [("DELETE", "none.example.com", "A", "192.0.2.9")],
            "[Tried to delete resource record set [name='none.example.com.', type='A'] "
            "but it was not found]",
        ),
        (
            [("CREATE", "ok.example.com", "A", "192.0.2.9"), ("UPSERT", "x.org", "A", "192.0.2.9")],
            "[RRSet with DNS name x.org. is not permitted in zone example.com.]",
        ),
    ],
)
def test_a_batch_is_refused_as_a_whole(route53, zone, changes, message):
    change(route53, zone, ("CREATE", "a.example.com", "A", "192.0.2.1"))
    with pytest.raises(route53.exceptions.InvalidChangeBatch) as refused:
        change(route53, zone, *changes)
    assert refused.value.response["Error"]["Message"] == message
    count = route53.get_hosted_zone(Id=zone)["HostedZone"]["ResourceRecordSetCount"]
    assert count == 3


def test_a_zone_is_deleted_when_empty(route53, zone):
    change(route53, zone, ("CREATE", "a.example.com", "A", "192.0.2.1"))
    with pytest.raises(route53.exceptions.HostedZoneNotEmpty):
        route53.delete_hosted_zone(Id=zone)
    change(route53, zone, ("DELETE", "a.example.com", "A", "192.0.2.1"))
    assert route53.delete_hosted_zone(Id=zone)["ChangeInfo"]["Status"] == "PENDING"
    with pytest.raises(route53.exceptions.NoSuchHostedZone):
        route53.get_hosted_zone(Id=zone)
