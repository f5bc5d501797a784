"""What the simulated teams work on: names of teams and repositories, and the parts their titles speak of."""

from collections.abc import Sequence

from attrs import frozen


@frozen
class Area:
    """One team's field of work."""

    team: str
    key: str
    description: str
    repositories: tuple[str, ...]
    """The names its repositories get, in this order."""
    parts: tuple[str, ...]
    """What is built, mended and documented there."""
    median_hours: tuple[float, float]
    """Median working time of a pull request at the beginning and at the end; teams change at different paces."""


AREAS: Sequence[Area] = (
    Area(
        "Checkout",
        "checkout",
        "Cart, payment and everything between the two",
        ("checkout-api", "payments-gateway", "checkout-web", "tax-rules", "refund-worker"),
        ("cart totals", "payment capture", "3-D Secure step", "voucher codes", "refund flow", "order summary"),
        (11.0, 7.0),
    ),
    Area(
        "Storefront",
        "storefront",
        "What customers see before they buy",
        ("storefront-web", "storefront-bff", "search-ui", "landing-pages", "product-feed"),
        ("product page", "search filters", "image carousel", "breadcrumbs", "wish list", "size finder"),
        (16.0, 20.0),
    ),
    Area(
        "Mobile",
        "mobile",
        "The apps for Android and iOS",
        ("mobile-app", "mobile-push", "mobile-sdk", "deep-links", "app-release"),
        ("onboarding screen", "push notifications", "offline mode", "biometric login", "tab bar", "crash reporting"),
        (34.0, 28.0),
    ),
    Area(
        "Data Platform",
        "data",
        "Pipelines, warehouse and the figures that come out of them",
        ("data-pipelines", "warehouse-models", "event-schema", "metrics-jobs", "feature-store"),
        ("orders pipeline", "event schema", "nightly backfill", "session model", "currency table", "export job"),
        (22.0, 22.0),
    ),
    Area(
        "Infrastructure",
        "infrastructure",
        "Clusters, networks, builds and being woken at night",
        ("platform-infra", "ci-images", "cluster-addons", "secrets-sync", "edge-config"),
        ("ingress controller", "build cache", "node pools", "log retention", "TLS certificates", "alert rules"),
        (6.0, 5.0),
    ),
    Area(
        "Identity",
        "identity",
        "Accounts, sessions and consent",
        ("identity-api", "login-web", "consent-service", "account-export", "session-store"),
        ("login form", "session refresh", "consent banner", "password reset", "device list", "audit log"),
        (18.0, 12.0),
    ),
    Area(
        "Logistics",
        "logistics",
        "From the warehouse to the door",
        ("shipping-api", "carrier-adapters", "warehouse-ui", "returns-portal", "label-printer"),
        ("carrier rates", "pick list", "return label", "delivery window", "address check", "parcel tracking"),
        (24.0, 26.0),
    ),
    Area(
        "Customer Care",
        "care",
        "Tools for those who answer customers",
        ("care-desk", "care-macros", "chat-widget", "ticket-sync", "callback-queue"),
        ("ticket list", "canned answers", "chat widget", "escalation rules", "callback queue", "customer notes"),
        (13.0, 15.0),
    ),
    Area(
        "Pricing",
        "pricing",
        "What things cost, where and when",
        ("pricing-engine", "promotions", "price-import", "margin-report", "currency-service"),
        ("discount rules", "price import", "rounding rules", "campaign calendar", "margin report", "price history"),
        (29.0, 19.0),
    ),
    Area(
        "Design System",
        "design-system",
        "Components that everybody else builds with",
        ("design-tokens", "component-library", "icon-set", "style-guide", "a11y-checks"),
        ("button states", "colour tokens", "date picker", "focus ring", "modal dialog", "icon set"),
        (9.0, 10.0),
    ),
)


def area_of_team(team: int) -> Area:
    """Return the field of work of the team with that place; it comes again where there are more teams than fields."""
    return AREAS[team % len(AREAS)]


def team_name(team: int) -> str:
    """Return the name of the team with that place.

    >>> team_name(0), team_name(10)
    ('Checkout', 'Checkout 2')
    """
    return _counted(area_of_team(team).team, team // len(AREAS), " ")


def team_key(team: int) -> str:
    """Return the stable key of the team with that place."""
    return _counted(area_of_team(team).key, team // len(AREAS), "-")


def repository_name(repository: int, teams: int) -> str:
    """Return the name, without the owner, of the repository with that place; places go round the teams."""
    place, team = divmod(repository, teams)
    names = area_of_team(team).repositories
    # Teams of one field share its names, so both the lap over the fields and the one over the names count up.
    fields, laps = team // len(AREAS), -(-teams // len(AREAS))
    return _counted(names[place % len(names)], place // len(names) * laps + fields, "-")


def _counted(name: str, repeat: int, separator: str) -> str:
    return f"{name}{separator}{repeat + 1}" if repeat else name
