"""Repositories, their keys and what keeps their images."""

from __future__ import annotations

from tests.mutations.declared.declaration import EMPTY, GONE, SWITCH, Declared, H

IMAGES = (
    Declared(
        H, "AWS::ECR::Repository", ("ImageScanningConfiguration",), EMPTY, "a scan reads an image and changes none"
    ),
    Declared(H, "AWS::ECR::Repository", ("ImageScanningConfiguration/ScanOnPush",), SWITCH, "a scan changes no image"),
    Declared(H, "AWS::ECR::Repository", ("ImageTagMutability",), GONE, "a tag that can be given anew is there"),
    Declared(
        H, "AWS::ECR::Repository", ("LifecyclePolicy", "LifecyclePolicy/LifecyclePolicyText"), GONE, "no image goes"
    ),
    Declared(H, "AWS::ECR::Repository", ("EmptyOnDelete",), SWITCH, "says what becomes of the images of one that goes"),
    Declared(H, "AWS::KMS::Key", ("EnableKeyRotation",), SWITCH, "a key decrypts with what it was before, too"),
)
