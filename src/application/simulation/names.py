"""Logins that nobody holds twice, in the styles that people choose them in."""

from random import Random

from attrs import field, frozen

_GIVEN = (
    "Agnieszka", "Akio", "Amara", "Ana", "Anders", "Anjali", "Bea", "Bruno", "Camille", "Carla", "Chen", "Daniela",
    "Deepak", "Dilan", "Elif", "Emeka", "Erik", "Farah", "Femke", "Gabriel", "Greta", "Hana", "Hugo", "Ines", "Ivan",
    "Jakub", "Jonas", "Julia", "Kavya", "Kofi", "Lars", "Leila", "Luca", "Maja", "Marek", "Mateus", "Meera", "Milan",
    "Nadia", "Nils", "Noor", "Olga", "Oscar", "Paula", "Priya", "Rafael", "Rohan", "Sara", "Sofia", "Tariq", "Thea",
    "Tomas", "Vera", "Viktor", "Wei", "Yara", "Yusuf", "Zofia",
)  # fmt: skip
_FAMILY = (
    "Abara", "Almeida", "Andersson", "Bakker", "Banerjee", "Bianchi", "Brandt", "Castro", "Cohen", "Costa", "Demir",
    "Dubois", "Eklund", "Farkas", "Ferreira", "Fischer", "Garcia", "Gupta", "Haddad", "Hansen", "Horvat", "Ito",
    "Iyer", "Jansen", "Kaya", "Keller", "Kowalska", "Kumar", "Larsen", "Lindqvist", "Marino", "Mensah", "Mishra",
    "Moreau", "Nair", "Novak", "Okafor", "Olsen", "Pereira", "Petrov", "Rao", "Rossi", "Santos", "Schmid", "Silva",
    "Tanaka", "Toth", "Vargas", "Weber", "Wieczorek", "Yilmaz", "Zhang",
)  # fmt: skip


@frozen(eq=False)
class NameRegister:
    """Hands out logins, none of them twice, whatever the letter case."""

    _rng: Random
    _taken: set[str] = field(factory=set, init=False)

    def login(self) -> str:
        """Return a new login: ASCII letters, digits and single hyphens, as GitHub allows."""
        return self._register(self._rng.choice(_STYLES).format(**self._person()))

    def camel_case_login(self) -> str:
        """Return a new login with capitals in it."""
        return self._register("{Given}{Family}".format(**self._person()))

    def _person(self) -> dict[str, str]:
        given, family = self._rng.choice(_GIVEN), self._rng.choice(_FAMILY)
        return {
            "Given": given,
            "Family": family,
            "given": given.lower(),
            "family": family.lower(),
            "g": given[0].lower(),
            "f": family[0].lower(),
            "year": f"{self._rng.randrange(100):02}",
        }

    def _register(self, wanted: str) -> str:
        login, repeat = wanted, 1
        while login.lower() in self._taken:
            repeat += 1
            login = f"{wanted}{repeat}"
        self._taken.add(login.lower())
        return login


_STYLES = (
    "{given}-{family}",
    "{given}{family}",
    "{g}{family}",
    "{given}{f}",
    "{given}-{f}{year}",
    "{family}-dev",
    "{given}codes",
    "{family}{g}{year}",
)
