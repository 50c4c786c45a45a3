"""Repositories, what keeps their images, and what else a task is given: keys, secrets, parameters and log groups."""

from __future__ import annotations

from tests.mutations.declared.declaration import EMPTY, GONE, SWITCH, Declared, E, H

OTHER = ("deleted", "exchanged other")
CACHED = ("pull-through-cache",)
MIRRORED = ("mirror",)

REPOSITORIES = (
    Declared(
        H,
        "AWS::ECR::Repository",
        ("ImageScanningConfiguration",),
        (*EMPTY, "exchanged other"),
        "a scan reads an image and changes none",
    ),
    Declared(H, "AWS::ECR::Repository", ("ImageScanningConfiguration/ScanOnPush",), SWITCH, "a scan changes no image"),
    Declared(H, "AWS::ECR::Repository", ("ImageTagMutability",), OTHER, "a tag is there, whether it can be given anew"),
    Declared(
        H, "AWS::ECR::Repository", ("LifecyclePolicy", "LifecyclePolicy/LifecyclePolicyText"), GONE, "no image goes"
    ),
    Declared(
        H,
        "AWS::ECR::Repository",
        ("LifecyclePolicy", "LifecyclePolicy/LifecyclePolicyText"),
        ("exchanged other",),
        "takes images without a tag away, which no task of the bases runs",
        new=("*untagged*",),
    ),
    Declared(
        E,
        "AWS::ECR::Repository",
        ("LifecyclePolicy/LifecyclePolicyText",),
        ("exchanged text",),
        "the line feed at the end of a text in JSON says nothing",
        old=("*}]}\n",),
        new=("*}]}",),
    ),
    Declared(H, "AWS::ECR::Repository", ("EmptyOnDelete",), SWITCH, "says what becomes of the images of one that goes"),
    Declared(
        H,
        "AWS::ECR::Repository",
        (".Properties", "RepositoryName"),
        (*EMPTY, "exchanged text", "exchanged other"),
        "whatever the name is, the task refers to the repository that has it",
    ),
    Declared(
        H,
        "AWS::ECR::Repository",
        ("EncryptionConfiguration", "EncryptionConfiguration/KmsKey"),
        OTHER,
        "a key of AWS encrypts the images",
        new=("(gone)", '{"EncryptionType": "AES256"}', '{"Fn::If": *'),
    ),
)

CACHES = (
    Declared(
        H,
        "AWS::ECR::PullThroughCacheRule",
        (".", "EcrRepositoryPrefix"),
        ("deleted", "exchanged other", "exchanged text"),
        "the repository is made here, and without the rule its images are pushed as those of any other",
        CACHED,
        new=("(gone)", '*"Condition": "Maybe"*', "ecr-publicx", "xecr-public", "ecr-publi", "platform"),
    ),
    Declared(
        H,
        "AWS::ECR::PullThroughCacheRule",
        (".Properties",),
        ("added UpstreamRepositoryPrefix",),
        "the repository is made here, and without the rule its images are pushed as those of any other",
        CACHED,
    ),
    Declared(
        H,
        "AWS::ECR::PullThroughCacheRule",
        ("UpstreamRegistry",),
        GONE,
        "Amazon ECR knows the registry by its URL",
        (*CACHED, *MIRRORED),
    ),
    Declared(
        H,
        "AWS::ECR::RepositoryCreationTemplate",
        (".", "Prefix", "EncryptionConfiguration", "ImageTagMutability"),
        ("deleted", "exchanged text", "exchanged other"),
        "the repository is made here, and no other is made by the template",
        CACHED,
    ),
    Declared(
        H,
        "AWS::ECR::RepositoryCreationTemplate",
        ("ImageTagMutability",),
        OTHER,
        "a first pull gives a tag, and moves none",
        MIRRORED,
        new=("(gone)", "IMMUTABLE", '{"Fn::If": *'),
    ),
    Declared(
        H,
        "AWS::ECR::RepositoryCreationTemplate",
        ("ResourceTags", "ResourceTags/**"),
        (*EMPTY, "exchanged text", "exchanged other"),
        "nothing asks for the tags, which the role may give",
        MIRRORED,
    ),
)

GIVEN = (
    Declared(H, "AWS::KMS::Key", ("EnableKeyRotation",), SWITCH, "a key decrypts with what it was before, too"),
    Declared(H, "AWS::SecretsManager::Secret", ("KmsKeyId",), GONE, "the key of AWS for secrets encrypts it"),
    Declared(
        H,
        "AWS::SSM::Parameter",
        ("Name",),
        ("exchanged text",),
        "whatever the name is, the task and its policy refer to the parameter that has it",
    ),
    Declared(
        H,
        "AWS::SSM::Parameter",
        ("Value",),
        ("exchanged text", "exchanged other"),
        "the process is given another text",
    ),
    Declared(
        H,
        "AWS::Logs::LogGroup",
        ("RetentionInDays",),
        ("exchanged other",),
        "each is one of the times that events can be kept",
        new=("14", "30", "90", "365", "731"),
    ),
)

IMAGES = (*REPOSITORIES, *CACHES, *GIVEN)
