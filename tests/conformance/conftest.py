"""One emulator for all tests; the count of what was driven comes last."""

import pytest

from emulated import Clients, Emulator, sign_with_the_clock_of


@pytest.fixture(scope="session")
def emulator():
    running = Emulator()
    sign_with_the_clock_of(running)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def clients(emulator):
    return Clients(emulator)


@pytest.fixture(scope="session")
def acm(clients):
    return clients.client("acm")


@pytest.fixture(scope="session")
def pca(clients):
    return clients.client("acm-pca")


@pytest.fixture(scope="session")
def route53(clients):
    return clients.client("route53")


@pytest.fixture(scope="session")
def tagging(clients):
    return clients.client("resourcegroupstaggingapi")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.module.__name__ == "test_coverage")
