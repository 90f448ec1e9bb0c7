"""Chinese names of places in Latin letters: drafts of English names and of folder names. To be checked by hand."""

import re
import unicodedata
from typing import Final

from pypinyin import Style, lazy_pinyin

# Readings of place names that differ from the word's usual one, which is what pypinyin gives.
_READINGS: Final = {
    "陕西": "shaan xi",  # as everywhere, to tell it from 山西
    "朝阳": "chao yang",
    "单": "shan",
    "洪洞": "hong tong",
    "涡阳": "guo yang",
    "繁峙": "fan shi",
    "浚": "xun",
    "大城": "dai cheng",
    "蔚": "yu",
    "长子": "zhang zi",
    "筠连": "jun lian",
    "荥经": "ying jing",
    "召陵": "shao ling",
    "六合": "lu he",
    "什邡": "shi fang",
    "曾都": "zeng du",
    "覃塘": "qin tang",
    "珲春": "hun chun",
    "穆棱": "mu ling",
}
_CHARACTERS: Final = {"都": "du", "长": "chang"}  # in names of places almost without exception
_ESTABLISHED: Final = {
    "陕西": "Shaanxi",
    "内蒙古": "Inner Mongolia",
    "西藏": "Xizang",
    "香港": "Hong Kong",
    "澳门": "Macao",
    "哈尔滨": "Harbin",
    "齐齐哈尔": "Qiqihar",
    "呼和浩特": "Hohhot",
    "呼伦贝尔": "Hulunbuir",
    "鄂尔多斯": "Ordos",
    "乌兰察布": "Ulanqab",
    "巴彦淖尔": "Bayannur",
    "锡林郭勒": "Xilingol",
    "阿拉善": "Alxa",
    "拉萨": "Lhasa",
    "日喀则": "Shigatse",
    "那曲": "Nagqu",
    "林芝": "Nyingchi",
    "乌鲁木齐": "Urumqi",
    "克拉玛依": "Karamay",
    "吐鲁番": "Turpan",
    "喀什": "Kashgar",
    "伊犁": "Ili",
    "甘孜": "Garze",
    "延边": "Yanbian",
}
_PEOPLES: Final = {
    "柯尔克孜": "Kyrgyz",
    "乌孜别克": "Uzbek",
    "哈萨克": "Kazakh",
    "维吾尔": "Uyghur",
    "达斡尔": "Daur",
    "塔吉克": "Tajik",
    "鄂温克": "Evenki",
    "鄂伦春": "Oroqen",
    "俄罗斯": "Russian",
    "蒙古": "Mongol",
    "朝鲜": "Korean",
    "土家": "Tujia",
    "傈僳": "Lisu",
    "拉祜": "Lahu",
    "景颇": "Jingpo",
    "仡佬": "Gelao",
    "仫佬": "Mulao",
    "毛南": "Maonan",
    "布依": "Buyi",
    "哈尼": "Hani",
    "纳西": "Naxi",
    "布朗": "Blang",
    "撒拉": "Salar",
    "锡伯": "Xibe",
    "裕固": "Yugur",
    "保安": "Bonan",
    "东乡": "Dongxiang",
    "独龙": "Derung",
    "普米": "Pumi",
    "德昂": "De'ang",
    "藏": "Tibetan",
    "满": "Manchu",
    "回": "Hui",
    "苗": "Miao",
    "彝": "Yi",
    "壮": "Zhuang",
    "侗": "Dong",
    "瑶": "Yao",
    "白": "Bai",
    "傣": "Dai",
    "黎": "Li",
    "佤": "Wa",
    "畲": "She",
    "水": "Sui",
    "土": "Tu",
    "羌": "Qiang",
    "怒": "Nu",
    "各": "Multi-ethnic",
}
_CLASSES: Final = {
    "自治州": "Autonomous Prefecture",
    "自治县": "Autonomous County",
    "自治旗": "Autonomous Banner",
    "地区": "Prefecture",
    "林区": "Forestry District",
    "特区": "Special District",
    "新区": "New Area",
    "省": "",
    "盟": "League",
    "市": "City",
    "县": "County",
    "区": "District",
    "旗": "Banner",
}
_REGION: Final = re.compile(r"(?P<core>内蒙古|广西|西藏|宁夏|新疆)(?:壮族|回族|维吾尔)?自治区")
_NAME: Final = re.compile(
    rf"(?P<core>.+?)(?P<peoples>(?:(?:{'|'.join(_PEOPLES)})族|蒙古|哈萨克)*)(?P<class>{'|'.join(_CLASSES)})"
)


def syllables(name: str) -> list[str]:
    """The syllables of a place's name without its class, in lower case without tones: 铅山 -> yan, shan."""
    if name in _READINGS:
        return _READINGS[name].split()
    read = lazy_pinyin(name, style=Style.NORMAL, v_to_u=True)
    if len(read) != len(name):  # what is no Han character stays in one piece
        return [syllable.lower() for syllable in read]
    return [_CHARACTERS.get(char, syllable) for char, syllable in zip(name, read, strict=True)]


def romanise(name: str) -> str:
    """A place's name without its class, spelled as on maps.

    >>> romanise("宜春"), romanise("西安"), romanise("陕西"), romanise("吕梁")
    ('Yichun', "Xi'an", 'Shaanxi', 'Lüliang')
    """
    if name in _ESTABLISHED:
        return _ESTABLISHED[name]
    first, *others = syllables(name) or [""]
    joined = first + "".join(f"'{other}" if other[:1] in ("a", "o", "e") else other for other in others)
    return joined[:1].upper() + joined[1:]


def english_name(name: str, *, with_class: bool = True) -> str:
    """The name of a division in English, with what kind of division it is.

    with_class: False leaves City out, as the names of cities above the county are used.

    >>> english_name("信州区"), english_name("长阳土家族自治县"), english_name("宜春市", with_class=False)
    ('Xinzhou District', 'Changyang Tujia Autonomous County', 'Yichun')
    """
    if region := _REGION.fullmatch(name):
        return romanise(region["core"])
    found = _NAME.fullmatch(name)
    if found is None:
        return romanise(name)
    peoples = [_PEOPLES[people] for people in re.findall("|".join(_PEOPLES), found["peoples"])]
    ending = _CLASSES[found["class"]]
    if ending == "City" and not with_class:
        return romanise(found["core"])
    words = [romanise(found["core"]), " and ".join(filter(None, [", ".join(peoples[:-1]), *peoples[-1:]])), ending]
    return " ".join(filter(None, words))


def folder_name(name: str) -> str:
    """A place's name as the name of a folder: ASCII, lower case, without its class.

    >>> folder_name("宜春市"), folder_name("吕梁市"), folder_name("西安市")
    ('yichun', 'lvliang', 'xian')
    """
    found = _REGION.fullmatch(name) or _NAME.fullmatch(name)
    core = found["core"] if found else name
    plain = "".join(syllables(core)).replace("ü", "v")
    return re.sub(r"[^a-z0-9]+", "", unicodedata.normalize("NFKD", plain))
