"""AWS's service models: those beside the project if they are there, else botocore's own."""

import functools
import json
import pathlib

import botocore.model
import botocore.session

BESIDE = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data"


@functools.cache
def service_model(name):
    path = BESIDE / "models" / f"{name}.json"
    if path.is_file():
        return botocore.model.ServiceModel(json.loads(path.read_text()), name)
    return botocore.session.get_session().get_service_model(name)
