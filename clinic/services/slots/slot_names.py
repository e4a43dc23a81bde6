"""Reads the slot's id that an event names: whose slot it is, for what, and when it begins."""

from dataclasses import dataclass, replace
from datetime import datetime

from clinic.domain.errors import InvalidEventError, NotInDirectoryError
from clinic.domain.slots.generation import (
    SlotName,
    ends_like_a_slot,
    may_be_meant_as_a_slot,
    slot_named,
)
from clinic.services.slots.doctors import Doctors


@dataclass(frozen=True)
class NamedPlace:
    """The place that an event names.

    Attributes:
        event: the event's detail-type, for errors.
        profile_id, service_id: None: the event leaves it out.
        start: when the visit is to begin; None: the event does not say.
        slot_field, time_field: what the event calls the slot and the beginning.
        has_doctor: it is the place of a visit whose doctor is known, though the event names none.
    """

    event: str
    slot_id: str
    profile_id: str | None
    service_id: str | None
    start: datetime | None = None
    slot_field: str = "slotId"
    time_field: str = "appointmentTime"
    has_doctor: bool = False

    def completed(self, doctors: Doctors) -> "NamedPlace":
        """The same with the doctor and the service of the slot's id, if a doctor is kept here.

        An id of another form, or of nobody while nobody is kept here, is the publisher's own business. One
        that ends as Citas' ids do and can't be read is of no other form; nor is, where the event names no
        doctor, one that may be meant so.

        Raises:
            InvalidEventError: the event contradicts the id, or a directory is kept and the id can't be read.
            NotInDirectoryError: a directory is kept and does not know the id's doctor.
        """
        named = slot_named(self.slot_id)
        if named is None:
            self._require_form_of_its_own(doctors)
            return self
        if not self._is_of_somebody_kept(named, doctors):
            if doctors.directory.is_kept():
                raise NotInDirectoryError(
                    f"{self.event} is not valid: {self.slot_field}: expected a doctor in the directory, "
                    f"not {named.profile_id}"
                )
            return self
        self._require_no_contradiction(named)
        return replace(self, profile_id=named.profile_id, service_id=named.service_id)

    def _require_form_of_its_own(self, doctors: Doctors) -> None:
        """A slip in an id of Citas' form is no id of the publisher's, whose place nobody would look for."""
        expected = "expected profileId:serviceId:start, such as dr-1:s-1:20261130T1600Z, with each colon"
        expected += " inside an id doubled"
        if ends_like_a_slot(self.slot_id) and doctors.directory.is_kept():
            raise self._invalid(self.slot_field, expected)
        if self.has_doctor or self.profile_id is not None:  # whose time it takes, whatever the id means
            return
        kept = doctors.directory.profile_ids()
        if kept and may_be_meant_as_a_slot(self.slot_id, kept):
            raise self._invalid(self.slot_field, f"{expected}; or profileId beside an id of another form")

    def _is_of_somebody_kept(self, named: SlotName, doctors: Doctors) -> bool:
        ids = {named.profile_id, self.profile_id or named.profile_id}
        return any(doctors.profile(profile_id) is not None for profile_id in sorted(ids))

    def _require_no_contradiction(self, named: SlotName) -> None:
        if self.profile_id not in {None, named.profile_id}:
            raise self._invalid(self.slot_field, f"expected one of {self.profile_id}, as profileId says")
        if self.service_id not in {None, named.service_id}:
            raise self._invalid(self.slot_field, f"expected one for {self.service_id}, as serviceId says")
        if self.start not in {None, named.start}:
            raise self._invalid(self.time_field, f"expected the start of slot {self.slot_id}")

    def _invalid(self, field: str, expected: str) -> InvalidEventError:
        return InvalidEventError(f"{self.event} is not valid: {field}: {expected}")
