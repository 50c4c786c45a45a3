"""Names, descriptions and tags: what nothing reads that starts a task."""

from __future__ import annotations

from tests.mutations.declared.declaration import EMPTY, GONE, TEXT, Declared, H

NAMES = (
    Declared(H, "*", ("Tags", "Tags/*"), EMPTY, "no policy of the bases asks for a tag"),
    Declared(H, "*", ("Tags/*/Key", "Tags/*/Value"), ("exchanged text",), "no policy of the bases asks for a tag"),
    Declared(
        H, "AWS::*", (".DeletionPolicy", ".UpdateReplacePolicy"), GONE, "says what is left of a resource that goes"
    ),
    Declared(H, "AWS::EC2::SecurityGroup", ("GroupDescription",), ("exchanged text",), "is for people"),
    Declared(H, "AWS::EC2::SecurityGroup", ("SecurityGroup*gress/*/Description",), TEXT, "is for people"),
    Declared(H, "AWS::KMS::Key", ("Description",), TEXT, "is for people"),
    Declared(H, "AWS::Logs::LogGroup", ("RetentionInDays",), GONE, "events are kept for longer"),
)
