"""What an address leaves open, chosen: the site, the head, the components."""

from dataclasses import dataclass, replace

from app.web.views import BasisView
from app.web.viewstate import UNITS_OF_A_BASIS, Mix, Neuron, ViewState
from app.web.wording import no_basis
from app.worker.jobs import Site, SiteTable

FIRST = 1
"""The component of a first view: component 0 mostly says how far into a text a token stands."""


@dataclass(frozen=True, slots=True)
class Place:
    """A site and, where the site has heads, one of them."""

    site: Site
    head: int | None


def choose_place(sites: SiteTable, state: ViewState) -> tuple[Site, int | None]:
    """The site and head of a state; raises UnknownSite or UnknownHead for ones that are not there.

    Without a site it is where the state's neuron has just written, or the middle layer; at a site
    with heads the first head.
    """
    site = _first_site(sites, state) if state.site is None else sites[state.site]
    head = state.head
    if site.n_heads is not None and head is None:
        head = 0
    return site, site.check_head(head)


def _first_site(sites: SiteTable, state: ViewState) -> Site:
    neuron = state.direction
    if not isinstance(neuron, Neuron):
        return middle(sites)
    after = [f"blocks.{neuron.layer + 1}.hook_resid_pre", f"blocks.{neuron.layer}.hook_resid_post"]
    if neuron.head is not None:
        after = [f"blocks.{neuron.layer}.hook_resid_mid"]
    return next((sites[name] for name in after if name in sites), middle(sites))


def middle(sites: SiteTable) -> Site:
    """The residual stream halfway up: the first view of a newcomer."""
    stream = [site for site in sites.basic if site.kind == "resid_pre"]
    return stream[len(stream) // 2]


def choose_unit(
    state: ViewState, site: Site, basis: BasisView | None, problems: list[str]
) -> ViewState:
    """The state in a unit that scores can be given in; a range belongs to the unit it is in."""
    if basis is not None or state.unit not in UNITS_OF_A_BASIS:
        return state
    left = "" if state.range is None else f" The range {state.range:g} was in that unit."
    problems.append(f"unit={state.unit}: {no_basis(site.label)}{left}")
    return replace(state, unit="dot", range=None)


def choose_mix(
    state: ViewState, basis: BasisView | None, problems: list[str]
) -> tuple[tuple[int, float], ...]:
    """The components and weights of a state, as far as the basis has them."""
    if not isinstance(state.direction, Mix):
        return ((FIRST, 1.0),) if basis is None or len(basis.ratios) > FIRST else ((0, 1.0),)
    if basis is None:
        return state.direction.weights
    count = len(basis.ratios)
    kept = tuple(pair for pair in state.direction.weights if pair[0] < count)
    for component, _ in state.direction.weights:
        if component >= count:
            problems.append(
                f"component {component}: the page shows components 0 to {count - 1} of this site."
            )
    return kept or ((0, 1.0),)
