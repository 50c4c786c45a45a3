"""A container image of the smallest kind, put into a repository as `docker push` does, without Docker."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from typing import Any

_MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
_CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
_LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"


def push(ecr: Any, repository: str, tag: str) -> str:
    """Put an image with one small file into a repository.

    Args:
        ecr: a boto3 client.
        repository: the name of the repository.
        tag: the tag of the image.

    Returns:
        The digest of the image.

    Sources:
        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
        https://github.com/opencontainers/image-spec/blob/main/manifest.md
    """
    files = io.BytesIO()
    with tarfile.open(fileobj=files, mode="w") as archive:
        text = b"Pulled from Amazon ECR.\n"
        entry = tarfile.TarInfo("hello.txt")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
    layer = gzip.compress(files.getvalue(), mtime=0)
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["/hello.txt"]},
            "rootfs": {"type": "layers", "diff_ids": [_digest(files.getvalue())]},
        }
    ).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": _MANIFEST_TYPE,
            "config": _upload(ecr, repository, _CONFIG_TYPE, config),
            "layers": [_upload(ecr, repository, _LAYER_TYPE, layer)],
        }
    )
    digest = _digest(manifest.encode())
    ecr.put_image(
        repositoryName=repository,
        imageManifest=manifest,
        imageManifestMediaType=_MANIFEST_TYPE,
        imageTag=tag,
        imageDigest=digest,
    )
    return digest


def _upload(ecr: Any, repository: str, media_type: str, blob: bytes) -> dict[str, Any]:
    upload = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
    ecr.upload_layer_part(
        repositoryName=repository,
        uploadId=upload,
        partFirstByte=0,
        partLastByte=len(blob) - 1,
        layerPartBlob=blob,
    )
    ecr.complete_layer_upload(repositoryName=repository, uploadId=upload, layerDigests=[_digest(blob)])
    return {"mediaType": media_type, "size": len(blob), "digest": _digest(blob)}


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"
