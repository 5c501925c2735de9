"""AD16: the platform always has somebody who may run it."""

from collections.abc import Callable
from functools import partial

import pytest

from identity.kernel.actors import SYSTEM
from identity.kernel.errors import Invalid, Refused
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users import accounts
from tenants.users.models import User
from tests.builders.people import a_user, an_operator
from tests.builders.tenants import a_tenant, the_platform
from tests.devices.at_once import at_once

pytestmark = pytest.mark.django_db
ROUNDS = 50


def demote(user: User) -> None:
    accounts.update(user=user, roles=[], actor=SYSTEM)


def switch_off(user: User) -> None:
    accounts.update(user=user, is_disabled=True, actor=SYSTEM)


def deactivate(user: User) -> None:
    accounts.deactivate(user=user, actor=SYSTEM)


def delete(user: User) -> None:
    accounts.delete(user=user, actor=SYSTEM)


WAYS_OUT = [demote, switch_off, deactivate, delete]


def standing(platform: Tenant) -> int:
    with tenant_scope(platform.id):
        return User.objects.of(platform).operators().count()


@pytest.mark.parametrize("leave", WAYS_OUT)
def test_the_last_operator_stays(leave: Callable[[User], None]) -> None:
    """AD16: neither demoted nor disabled nor deleted."""
    platform = the_platform()
    last, gone = an_operator(platform, "last"), an_operator(platform, "gone")
    a_user(platform, "nobody")
    accounts.deactivate(user=gone, actor=SYSTEM)

    with pytest.raises(Refused):
        leave(last)
    assert standing(platform) == 1


@pytest.mark.parametrize("leave", WAYS_OUT)
def test_an_operator_goes_while_another_stays(leave: Callable[[User], None]) -> None:
    """AD16 protects the last one only."""
    platform = the_platform()
    an_operator(platform)
    leave(an_operator(platform))

    assert standing(platform) == 1


@pytest.mark.parametrize("leave", WAYS_OUT)
def test_who_is_no_operator_goes_freely(leave: Callable[[User], None]) -> None:
    """AD16: other people of the platform, and operators who are disabled already."""
    platform = the_platform()
    an_operator(platform)
    disabled = an_operator(platform)
    accounts.deactivate(user=disabled, actor=SYSTEM)

    for user in (a_user(platform), disabled):
        leave(user)
    assert standing(platform) == 1


@pytest.mark.django_db(transaction=True)
def test_ad16_of_two_who_remove_each_other_one_remains() -> None:
    """AD16: 2 admins, each deletes or demotes the other, 50 rounds: ≥ 1 remains."""
    platform = the_platform()
    one, other = an_operator(platform), an_operator(platform)
    for number in range(ROUNDS):
        leave = WAYS_OUT[number % len(WAYS_OUT)]
        answers = at_once([partial(leave, user) for user in (one, other)])
        assert sorted(isinstance(answer, Refused) for answer in answers) == [False, True]
        assert standing(platform) == 1
        with tenant_scope(platform.id):
            one = User.objects.of(platform).operators().get()
        other = an_operator(platform)


def test_an_operator_exists_in_the_platforms_tenant_only() -> None:
    """Issue 2, 3: operators live in the reserved tenant."""
    user = a_user(a_tenant())

    with pytest.raises(Invalid):
        accounts.update(user=user, roles=["platform_operator"], actor=SYSTEM)
