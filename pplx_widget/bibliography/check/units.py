"""Units of measure: names and signs in several languages, their dimension and their size."""

from __future__ import annotations

import re
from typing import Final, NamedTuple


class Unit(NamedTuple):
    """A unit.

    Attributes
    ----------
    dimension : str
        What it measures, such as "length", or "money:EUR" for a currency.
    size : float
        Its size in the base unit of the dimension.
    offset : float
        The value of its zero in the base unit; only temperatures have one.
    name : str
        Its first name, which equals for two spellings of one unit.
    """

    dimension: str
    size: float
    offset: float = 0.0
    name: str = ""


_TABLE = """
length 1 m metre metres meter meters mètre mètres metro metros metri metern 米
length 1000 km kilometre kilometres kilometer kilometers kilomètre kilomètres kilómetro kilómetros quilómetro quilómetros quilômetro quilômetros chilometro chilometri kilometern 公里 千米
length 0.01 cm centimetre centimetres centimeter centimeters zentimeter zentimetern centimètre centimètres centímetro centímetros centimetri 厘米
length 0.001 mm millimetre millimetres millimeter millimeters millimetern millimètre millimètres milímetro milímetros millimetri 毫米
length 1e-6 µm μm micrometre micrometres micrometer micrometers mikrometer micron microns
length 1e-9 nm nanometre nanometres nanometer nanometers
length 1609.344 mi mile miles meile meilen millas milhas
length 0.3048 ft foot feet fuß pied pieds pies
length 0.0254 inch inches zoll
length 0.9144 yd yard yards
length 1852 nmi "nautical mile" "nautical miles" seemeile seemeilen
length 9.4607e15 ly light-year light-years lightyear lightyears "light year" "light years" lichtjahr lichtjahre lichtjahren "años luz" années-lumière 光年
area 1 m² m2 sqm "square metre" "square metres" "square meter" "square meters" quadratmeter quadratmetern "mètres carrés" "metros cuadrados" "metri quadrati" "metros quadrados" "vierkante meter" 平方米
area 1e6 km² km2 "square kilometre" "square kilometres" "square kilometer" "square kilometers" quadratkilometer quadratkilometern "kilomètres carrés" "kilómetros cuadrados" "chilometri quadrati" "quilômetros quadrados" "vierkante kilometer" 平方公里
area 1e4 ha hectare hectares hektar hectárea hectáreas ettari 公顷
area 4046.86 acre acres
area 2.59e6 mi² "square mile" "square miles" quadratmeile quadratmeilen
area 0.092903 ft² "square foot" "square feet"
volume 0.001 l litre litres liter liters litern litro litros litri 升
volume 1e-6 ml millilitre millilitres milliliter milliliters 毫升
volume 1 m³ m3 "cubic metre" "cubic metres" "cubic meter" "cubic meters" kubikmeter kubikmetern "mètres cubes" "metros cúbicos" 立方米
volume 1e9 km³ "cubic kilometre" "cubic kilometres" "cubic kilometer" "cubic kilometers"
volume 0.00378541 gal gallon gallons gallonen
volume 0.158987 bbl barrel barrels
mass 0.001 g gram grams gramme grammes gramm gramo gramos grammi 克
mass 1 kg kilogram kilograms kilogramme kilogrammes kilogramm kilo kilos kilogramos chilogrammi 公斤 千克
mass 1e-6 mg milligram milligrams milligramm milligrammes miligramos 毫克
mass 1e-9 µg μg mcg microgram micrograms mikrogramm
mass 1000 t tonne tonnes tonnen ton tons tonelada toneladas tonnellate 吨 トン
mass 1e6 kt kilotonne kilotonnes kilotonnen
mass 1e9 Mt megatonne megatonnes megatonnen
mass 0.453592 lb lbs
mass 0.0283495 oz ounce ounces unze unzen
time 1 s sec second seconds sekunde sekunden seconde secondes segundo segundos secondi seconden 秒 秒钟
time 0.001 ms millisecond milliseconds millisekunde millisekunden millisecondes
time 1e-6 µs μs microsecond microseconds mikrosekunden
time 60 min minute minutes minuten minuto minutos minuti 分钟 分間
time 3600 h hr hrs hour hours stunde stunden heure heures hora horas ore uur 小时 時間
time 86400 d day days tag tage tagen jour jours día días giorno giorni dia dias dag dagen 天 日間
time 604800 week weeks woche wochen semaine semaines semana semanas settimana settimane weken 周 星期 週間
time 2629746 month months monat monate monaten mois mes meses mese mesi mês maand maanden 个月 か月 ヶ月
time 31556952 yr yrs year years jahr jahre jahren an ans année années año años anno anni ano anos jaar jaren 年 年間
time 315569520 decade decades jahrzehnt jahrzehnte jahrzehnten décennie décennies década décadas
time 3155695200 century centuries jahrhunderte siècles siglos
temperature 1 K kelvin
temperature 1 °C ℃ celsius "degrees celsius" "degree celsius" "grad celsius" "degrés celsius" "grados celsius" 摄氏度 degrees-c
temperature 0.5555556 °F ℉ fahrenheit "degrees fahrenheit" "grad fahrenheit"
speed 0.2777778 km/h kph kmh "kilometres per hour" "kilometers per hour" "kilometer pro stunde" stundenkilometer "kilómetros por hora" "kilomètres par heure" "km all'ora"
speed 1 m/s "metres per second" "meters per second"
speed 0.44704 mph "miles per hour"
speed 0.514444 kn knot knots knoten
power 1 W watt watts 瓦
power 1000 kW kilowatt kilowatts 千瓦
power 1e6 MW megawatt megawatts megavatios mégawatts 兆瓦
power 1e9 GW gigawatt gigawatts gigavatios
power 1e12 TW terawatt terawatts
power 745.7 hp horsepower
power 735.5 PS pferdestärken
energy 1 J joule joules
energy 1000 kJ kilojoule kilojoules
energy 1e6 MJ megajoule megajoules
energy 4184 kcal kilocalorie kilocalories kilokalorien calories kalorien
energy 3.6e6 kWh kilowatt-hour kilowatt-hours kilowattstunde kilowattstunden "kilowatt hours" 千瓦时
energy 3.6e9 MWh megawatt-hour megawatt-hours megawattstunde megawattstunden "megawatt hours"
energy 3.6e12 GWh gigawatt-hour gigawatt-hours gigawattstunde gigawattstunden "gigawatt hours"
energy 3.6e15 TWh terawatt-hour terawatt-hours terawattstunde terawattstunden "terawatt hours"
data 1 byte bytes
data 1e3 kB KB kilobyte kilobytes
data 1e6 MB megabyte megabytes
data 1e9 GB gigabyte gigabytes
data 1e12 TB terabyte terabytes
data 1e15 PB petabyte petabytes
data 1024 KiB kibibyte
data 1048576 MiB mebibyte
data 1073741824 GiB gibibyte
data 1099511627776 TiB tebibyte
rate 1e3 kbit/s kbps
rate 1e6 Mbit/s Mbps megabit megabits
rate 1e9 Gbit/s Gbps gigabit gigabits
pressure 1 Pa pascal pascals
pressure 100 hPa hectopascal hektopascal mbar millibar
pressure 1000 kPa kilopascal
pressure 1e5 bar
pressure 133.322 mmHg
pressure 6894.76 psi
frequency 1 Hz hertz
frequency 1e3 kHz kilohertz
frequency 1e6 MHz megahertz
frequency 1e9 GHz gigahertz
voltage 1 V volt volts
voltage 1000 kV kilovolt kilovolts
current 1 ampere amperes amps
share 1 % ％ percent "per cent" pct prozent "pour cent" "por ciento" porcento "por cento" "per cento" procent 百分 pp "percentage point" "percentage points" prozentpunkte prozentpunkten "points de pourcentage" "puntos porcentuales" 个百分点 パーセント
share 0.1 ‰ permille promille
money:EUR 1 € EUR euro euros 欧元 ユーロ
money:EUR 0.01 euro-cents
money:USD 1 $ US$ USD dollar dollars dólar dólares dollari 美元
money:CENT 0.01 cent cents ct
money:GBP 1 £ GBP pound pounds "pounds sterling" pfund
money:JPY 1 ¥ JPY yen 日元 円
money:CNY 1 RMB CNY yuan renminbi 元 人民币
money:CHF 1 CHF franc francs franken francos franchi
money:SEK 1 SEK krona kronor crown crowns krone kroner kronen
money:INR 1 ₹ INR rupee rupees rupien
money:KRW 1 ₩ KRW 韩元
money:RUB 1 ₽ RUB rouble roubles ruble rubles rubel
money:BRL 1 R$ BRL reais
money:CAD 1 C$ CAD
money:AUD 1 A$ AUD
money:thaler 1 thaler thalers taler
"""  # noqa: E501 (one unit, one line)
_OFFSETS = {"°C": 273.15, "°F": 255.372222}
_ENTRY = re.compile(r'"([^"]+)"|(\S+)')


def _read() -> tuple[dict[str, Unit], dict[str, Unit]]:
    exact: dict[str, Unit] = {}
    folded: dict[str, Unit] = {}
    for line in _TABLE.strip().splitlines():
        dimension, size, names = line.split(" ", 2)
        spellings = [quoted or plain for quoted, plain in _ENTRY.findall(names)]
        unit = Unit(dimension, float(size), _OFFSETS.get(spellings[0], 0.0), spellings[0])
        for spelling in spellings:
            exact[spelling] = unit
            if len(spelling) > len("MW") or not spelling.isascii():
                folded.setdefault(spelling.lower(), unit)
    return exact, folded


_EXACT, _FOLDED = _read()
SIGNS: Final = ("US$", "R$", "C$", "A$", "$", "€", "£", "¥", "₹", "₩", "₽")
"""Signs of currencies that precede an amount."""
CODES: Final = ("EUR", "USD", "GBP", "JPY", "CNY", "CHF", "SEK", "INR", "KRW", "CAD", "AUD", "BRL")
"""Codes of currencies that may precede an amount."""

# A name of up to three words after a number, tried from the longest.
_AFTER = re.compile(
    r"[-\s\u00a0\u202f]?((?:[°º]\s?[CFK]\b|[%％‰€$£¥₹]|[A-Za-zÀ-ÿµμ°][A-Za-zÀ-ÿµμ²³/$-]*\d?)"
    r"(?:[ \u00a0](?:[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'-]*)){0,2})"
)
_WIDE = re.compile(r"\s?([\u3040-\u30ff\u4e00-\u9fff％℃%]{1,4})")


def find(name: str) -> Unit | None:
    """Return the unit with a name or sign; None for other words."""
    return _EXACT.get(name) or _FOLDED.get(name.lower())


# Names of units in one language that are common words in others.
_ONLY = {"an": "fr", "ans": "fr", "ore": "it", "pies": "es", "mi": "en", "dia": "pt", "ft": "en"}


def after(text: str, at: int, code: str) -> tuple[Unit, int] | None:
    """Return the unit that follows a number, and the position of its end.

    Parameters
    ----------
    text : str
        The text.
    at : int
        The position directly after the number, in characters.
    code : str
        The language of the text.
    """
    if wide := _WIDE.match(text, at):
        for length in range(len(wide[1]), 0, -1):
            if unit := find(wide[1][:length]):
                return unit, wide.start(1) + length
        return None
    read = _AFTER.match(text, at)
    if not read:
        return None
    words = re.split(r"([ \u00a0])", read[1])
    for count in range(len(words), 0, -2):
        name = "".join(words[:count])
        unit = find(name.replace("\u00a0", " ").replace("° ", "°").replace("º", "°")) or find(
            name.rstrip("-.")
        )
        if unit and _ONLY.get(name, code) == code:
            return unit, read.start(1) + len(name)
    return None
