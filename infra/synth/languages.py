"""Languages of the generated names and titles: given names, family names and words, in many scripts."""

from __future__ import annotations

from typing import Final

from msgspec import Struct


class Language(Struct, frozen=True):
    """Words of one language. `space` joins them (nothing in Japanese, Chinese and Thai)."""

    given: tuple[str, ...]
    family: tuple[str, ...]
    words: tuple[str, ...]
    space: str = " "


def _language(given: str, family: str, words: str, space: str = " ") -> Language:
    return Language(tuple(given.split()), tuple(family.split()), tuple(words.split()), space)


LANGUAGES: Final[dict[str, Language]] = {
    "english": _language(
        "Alan Amy Barry Beth Calvin Carla Dana Darren Derrick Ella Errol Frank Gail Gary Gwen Hank Helen Irene Jack "
        "James Jill Joan Joe Kelly Ken Laura Leon Linda Lou Mabel Marcus Mary Mick Nadine Nate Nora Otis Pam Percy "
        "Pete Quincy Rita Robin Roy Ruth Sam Sheila Stan Sue Ted Terry Tina Tom Vince Wanda Will Yvonne Zack Ray Lee",
        "Abbott Baker Barnes Bell Bishop Brooks Burke Carter Chambers Clayton Cole Cooper Crosby Dawson Dixon Drake "
        "Ellis Farrow Fisher Fletcher Foster Garland Gibbs Grant Greene Hale Harper Hayes Hodge Holloway Hunter "
        "Ingram Jarvis Keller Knox Lamb Lawson Lowe Marsh Mercer Moss Nash Norris Oakley Palmer Parrish Pike Porter "
        "Quinn Ramsey Reeves Rhodes Sawyer Shaw Slater Stokes Thorne Tucker Vance Wade Walsh Webb Whitaker Wilder "
        "Winters Wolfe Woods Yates York Young",
        "Night River Machine Signal Garden Mirror Winter Summer Ghost Satellite Thunder Velvet Copper Silver Shadow "
        "Engine Harbour Lantern Avenue Circus Desert Echo Fever Glass Harvest Island Junction Kingdom Ladder Meadow "
        "Needle Ocean Paper Quarter Railway Stone Tower Union Valley Window Yard Zenith Broken Slow Electric Golden "
        "Hollow Infinite Lonely Midnight Northern Quiet Restless Secret Tender Wild Blue Crimson Distant Empty",
    ),
    "german": _language(
        "Andreas Anke Bernd Birgit Dieter Ernst Frieda Günter Hannelore Heiko Jörg Jürgen Karin Klaus Lothar Manuela "
        "Mareike Norbert Petra Rüdiger Sabine Thorsten Ulrike Uwe Wolfgang",
        "Bäcker Brandt Dürr Eberhardt Fuchs Groß Hübner Jäger Kästner König Kühn Lindner Möller Neumann Pfeiffer "
        "Roth Schäfer Schröder Schütz Vogel Weiß Winkler Zöllner",
        "Nacht Maschine Straße Wald Mädchen Schatten Stimme Zeit Fluß Himmel Körper Licht Träume Zukunft Winter "
        "Spiegel Fernsehturm Morgenröte Übung Kälte",
    ),
    "french": _language(
        "Agnès Benoît Céline Didier Élodie François Gérard Hélène Inès Joël Léa Margaux Noémie Océane Pascal Rémi "
        "Sébastien Thérèse Valérie Yann",
        "Bernard Chénier Delacour Dupré Fabre Gauthier Guérin Lacroix Lefèvre Marchand Mercier Moreau Noël Perrault "
        "Renaud Rousselle Thibault Vasseur",
        "Nuit Château Été Fenêtre Jardin Lumière Mélodie Océan Poésie Rêve Rivière Silence Soleil Théâtre Voyage "
        "Étoile Forêt Âme",
    ),
    "spanish": _language(
        "Adrián Begoña Carmen Diego Elena Félix Gonzalo Inés Joaquín Lucía María Nuria Óscar Pilar Ramón Sofía Tomás "
        "Ximena Zoé Andrés",
        "Álvarez Benítez Cortés Domínguez Escobar Fernández Gómez Herrera Ibáñez Jiménez López Martínez Núñez Ortega "
        "Peña Quiñones Ríos Sánchez Vázquez Zúñiga",
        "Corazón Noche Luna Camino Fuego Sueño Sangre Mañana Canción Cielo Tierra Volcán Jardín Niña Sombra Verano "
        "Río Montaña",
    ),
    "portuguese": _language(
        "Antônio Beatriz Caetana Dinis Estêvão Fátima Gonçalo Helena João Luís Márcia Nélson Otávio Raimunda Simão "
        "Tânia Vinícius Zélia",
        "Araújo Barbosa Conceição Damião Falcão Guimarães Lemos Magalhães Nascimento Peixoto Queirós Ribeiro Simões "
        "Teixeira Vilaça",
        "Saudade Coração Manhã Praia Violão Samba Ilusão Canção Avião Estação Jangada Lua Mar Verão Solidão",
    ),
    "italian": _language(
        "Alessandra Bruno Chiara Dario Emanuela Fabrizio Giulia Ivano Lucia Massimo Nicolò Ornella Pierluigi Rosanna "
        "Salvatore Tiziana Ugo",
        "Amato Bianchi Cavallo Donati Esposito Ferrari Galli Lombardi Marchetti Negri Orlandi Pagani Ricci Serra "
        "Testa Valentini Zanetti",
        "Notte Cielo Amore Città Mare Stagione Libertà Viaggio Specchio Sole Perché Fantasia Domani Verità Segreto",
    ),
    "nordic": _language(
        "Åsa Björn Cecilie Dagný Einar Frøydis Gísli Håkon Ingrid Jóhanna Kåre Lárus Märta Njål Øystein Ragnheiður "
        "Sölvi Torbjørn Þóra Ylva",
        "Ågren Bjørnstad Dalgaard Einarsson Fjäll Guðmundsdóttir Håkansson Jónsson Kjær Lindström Møller Nygård "
        "Östberg Rasmussen Sørensen Þorsteinsson Väisänen",
        "Nätter Skog Fjord Hjärta Måne Sommer Vinter Stjerne Vatn Ljós Brønd Älv Drøm Snö Jökull Sjö",
    ),
    "slavic": _language(
        "Agnieszka Božena Čeněk Dušan Elżbieta František Grażyna Jiří Kateřina Łukasz Małgorzata Neđo Ondřej "
        "Přemysl Radosław Šárka Tomáš Věra Zdeněk Żaneta",
        "Bílek Čermák Dąbrowski Dvořáček Grzybowski Hájek Jabłoński Kováč Łukasiewicz Młynář Nowicki Pospíšil "
        "Růžička Szczepański Šimek Wójcicki Živković",
        "Noc Ulice Słońce Řeka Miłość Zima Světlo Cień Město Pieśń Ogród Vlak Żar Sníh Gołąb Ozvěna",
    ),
    "turkish": _language(
        "Ayşe Barış Çiğdem Deniz Emre Fikret Gülşen İbrahim Kağan Leyla Müjgân Özgür Şebnem Tuğba Ümit Yıldız",
        "Aydın Bozkurt Çelik Demirağ Erdoğdu Güneş Işık Karaca Öztürk Şahin Taşkın Ünal Yılmazer",
        "Gece Şarkı Gönül Deniz Yağmur Güneş Rüya Sokak Çöl Işık Ayrılık Gölge Bahçe",
    ),
    "russian": _language(
        "Алексей Борис Вера Галина Дмитрий Елена Жанна Зинаида Игорь Кирилл Людмила Михаил Надежда Олег Пётр Раиса "
        "Сергей Татьяна Фёдор Юрий Яна",
        "Андреев Белов Волков Громов Дроздов Ершов Журавлёв Зайцев Иванов Ковалёв Лебедев Морозов Никитин Орлов "
        "Павлов Румянцев Соколов Тихонов Фролов Щукин",
        "Ночь Город Зима Звезда Дорога Песня Солнце Река Тень Весна Поезд Окно Сердце Небо Дождь Голос",
    ),
    "ukrainian": _language(
        "Богдан Ганна Дмитро Євген Іван Їржина Катерина Лесь Микола Оксана Роман Соломія Тарас Юлія Ярослав",
        "Бойко Гончар Довженко Єфремов Жук Коваленко Лисенко Мельник Остапчук Петренко Рибак Шевчук",
        "Вечір Місто Зірка Пісня Річка Сонце Хмари Дощ Вулиця Серце Їжак",
    ),
    "greek": _language(
        "Αλέξης Βασιλική Γιώργος Δήμητρα Ελένη Ζωή Ηλίας Θανάσης Ιωάννα Κώστας Λουκία Μάνος Νίκος Ξένια Πέτρος",
        "Αγγελόπουλος Βλαχάκης Γεωργίου Δημητρίου Ζαφειρίδης Καλλέργης Λάμπρου Μαρκόπουλος Νικολαΐδης Παππάς "
        "Σταύρου Χατζής",
        "Νύχτα Θάλασσα Δρόμος Τραγούδι Φεγγάρι Ήλιος Καρδιά Άνεμος Σιωπή Καλοκαίρι Όνειρο",
    ),
    "hebrew": _language(
        "אורי בתיה גדעון דליה הדס זאב חנה טל יעל כרמית לאה משה נעמי עופר רבקה שלמה",
        "אבני ברק גולן דגן הררי זמיר חסון לביא מזרחי נבון סלע פרץ צור רוזן שלו",
        "לילה שיר רחוב ים חלום שמש אהבה מדבר ירח חורף דרך לב",
    ),
    "arabic": _language(
        "أحمد بدرية جمال حنان خالد رشا زكريا سعاد شريف طارق عائشة فاطمة كريم ليلى محمد نجاة هدى يوسف",
        "الأطرش البغدادي التونسي الجندي الحلبي الرفاعي الزهراوي السعيد الشامي العطار القاسم الكرمي المصري النجار",
        "ليل قمر حبيب قلب شوق طريق بحر نسيم ورد غناء سماء ذكرى صحراء",
    ),
    "japanese": _language(
        "明子 一郎 薫 健二 幸子 修 千恵 徹 直美 春樹 ひかり 真理 美咲 洋介 ゆき 龍太 和夫 恵",
        "青木 井上 上田 遠藤 大島 加藤 木村 小林 佐藤 鈴木 高橋 田中 中野 西村 長谷川 松本 三浦 山口 吉田 渡辺",
        "夜 海 東京 電車 夢 花 月 風 雪 星 影 歌 空 夏 ロマンス メロディー シティ 雨 光 さくら",
        "",
    ),
    "chinese": _language(
        "小明 美玲 志强 丽华 建国 雪梅 文龙 秀英 家豪 淑芬 俊杰 晓燕",
        "陈 林 黄 张 李 王 吴 刘 蔡 杨 许 郑 謝 羅",
        "夜 上海 月亮 夢 愛情 春天 風 雨 故鄉 花 心 城市 海 歌聲",
        "",
    ),
    "korean": _language(
        "민수 지영 성호 은주 현우 미란 태준 수진 영철 혜진 동건 가람",
        "김 이 박 최 정 강 조 윤 장 임 한 신",
        "밤 바다 사랑 서울 꿈 별 바람 노래 비 하늘 겨울 기차 거리",
    ),
    "thai": _language(
        "สมชาย มาลี ประเสริฐ วันดี สุรชัย กัลยา ธงชัย ดวงใจ นิพนธ์ รัตนา",
        "ใจดี ศรีสุข แก้วมณี ทองคำ วงศ์สวัสดิ์ พรหมมา บุญเรือง สายชล",
        "รัก คืน ฝน ดาว ทะเล เพลง หัวใจ ดวงจันทร์ ลม ดอกไม้",
        "",
    ),
    "hindi": _language(
        "आशा किशोर गीता जगदीश नीना प्रकाश मीना रवि लता विजय सुमन हेमंत",
        "कपूर खन्ना चटर्जी जोशी तिवारी देसाई पाठक मिश्रा वर्मा शर्मा",
        "रात प्यार दिल चाँद सपना बारिश गीत राह सावन नदी",
    ),
    "georgian": _language(
        "გიორგი ნანა ლევან თამარ ირაკლი მარიამ ზურაბ ეკა",
        "ბერიძე კაპანაძე ლომიძე მაისურაძე წერეთელი ჯაფარიძე",
        "ღამე სიმღერა ზღვა მთვარე გული წვიმა ქალაქი",
    ),
}

#: Names every dump has once, at the first artists: a reader's examples, and the scripts a search must find.
LANDMARKS: Final = (
    "坂本龍一", "Björk", "Кино", "أم كلثوم", "Sigur Rós", "Μίκης Θεοδωράκης", "עפרה חזה", "คาราบาว", "鄧麗君", "조용필",
    "लता मंगेशकर", "Motörhead", "Hüsker Dü", "Dvořák", "ДДТ", "はっぴいえんど", "Ann &amp; The Owls", "!!!", "µ-Ziq",
    "Ólafur Arnalds", "X-Ray Spex (2)", "The The", "A", "Łona", "İlhan İrem", "Океан Ельзи", "Σωκράτης Μάλαμας",
    "10cc", "N.W.A.", "Guns N' Echo", "სუხიშვილები", "فيروز",
)  # fmt: skip
