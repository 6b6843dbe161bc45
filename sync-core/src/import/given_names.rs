//! Given names that are common where the lists come from, and whose they are.
//!
//! Owns what tells a slip of the pen from another name: `Мрат` is a slip for Марат, `Мурат` is somebody else. The list need
//! not be whole: of a name that it lacks, nothing is claimed.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::names::fold_word;

/// Whose name it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Bearer {
    Woman,
    Man,
    /// Women and men bear it.
    Either,
}

const WOMEN: &str = "
    Аделина Аделия Аделя Аида Аиша Айгерім Айгүл Айдана Айжан Айзада Айкүміс Айлин Аймира Айнагүл Айнаш Айнұр Айсара Айсел
    Айсұлу Айша Айым Ақбота Ақерке Ақжан Ақжүніс Ақмарал Ақнұр Алина Алиса Алия Алла Алма Алмагүл Алтын Алтынай Альбина
    Альмира Амина Анара Анастасия Ангелина Анель Анжела Анжелика Анна Антонина Арай Арайлым Арина Аружан Асель Асем Асия Асылай
    Ася Аяжан Аяла Аяулым Аида Багила Бақытгүл Балжан Баян Баянсұлу Белла Ботагөз Ботакөз Бибігүл Валентина Валерия Варвара
    Василиса Венера Вера Вероника Виктория Владислава Виолетта Гаухар Галина Галия Гүлбану Гүлдана Гүлжан Гүлжанар Гүлзада Гүлмира
    Гүлназ Гүлнар Гүлнара Гүлнұр Гүлсара Гүлсім Гүлшат Дана Дания Дара Дария Дарина Дарига Дарья Даяна Диана Дильназ Дильнара
    Дильноза Дина Динара Ева Евгения Евдокия Екатерина Елена Елизавета Еркежан Жазира Жамиля Жанар Жанара Жанат Жанель Жания
    Жанна Жансая Жанерке Жибек Жұлдыз Зара Зарина Зауре Зина Зинаида Злата Зоя Зульфия Зухра Индира Инесса Инна Ирина Ия
    Камила Камилла Камиля Карина Каролина Кира Клара Клавдия Ксения Күләш Күлән Қарлығаш Қымбат Лариса Лаура Лейла Лиана Лидия
    Лилия Лина Любовь Людмила Ляззат Ләззат Мадина Майра Майя Макпал Мақпал Малика Марал Маргарита Марина Мария Марта Марьям
    Мария Маржан Меруерт Милана Милена Мира Мөлдір Мөлдир Надежда Назгүл Назерке Назира Наиля Наргиз Наталья Нелли Ника Нина
    Нонна Нурия Нұргүл Нұрсұлу Оксана Олеся Ольга Патима Перизат Полина Раиса Райхан Раушан Регина Римма Роза Роксана Рузанна
    Сабина Сабира Сабрина Салтанат Самал Самира Сания Сара Сауле Светлана Снежана София Стелла Сымбат Тамара Тамила Татьяна
    Тоғжан Томирис Толқын Улдана Ұлбала Ұлбосын Ұлжан Ұлпан Ульяна Умит Үміт Фарида Фатима Фаина Хадиша Хатира Шарипа Шахноза
    Шолпан Шынар Эвелина Элина Элла Эльвира Эльмира Эмилия Эмма Эрика Юлия Юлиана Яна Янина Ярослава Александра Данияра Ира Аня
    Таня Маша Даша Катя Оля Юля Настя Наташа Света Лена Люда Галя Надя
    Alice Amanda Amelia Amy Andrea Angela Ann Anne Annie Barbara Beatrice Camille Carla Carmen Carol Caroline Catherine Charlotte
    Chloe Clara Claire Claudia Daniela Deborah Denise Diane Elena Elisa Elizabeth Ella Ellen Emily Emma Eva Fatma Fiona Francesca
    Gabriela Grace Hannah Heidi Helen Helena Ingrid Irene Isabel Isabella Jane Janet Jean Jennifer Jessica Joan Joanna Josephine
    Joyce Juana Judith Julia Juliana Julie Karen Kate Katherine Kathryn Laura Lauren Linda Lisa Louise Lucia Lucy Luisa Margaret
    Marie Marta Martha Mary Megan Mia Michelle Monica Nancy Natalie Nicole Nora Olivia Pamela Patricia Paula Rachel Rebecca Rosa
    Rose Ruth Sandra Sarah Sharon Silvia Simone Sofia Sonia Sophia Sophie Stephanie Susan Teresa Ursula Valerie Veronica Victoria
    Wendy Yvonne Zeynep Ayşe Elif Gabrielle Michaela Roberta Antonia Alexandra Stefania Martina Carla Marina Noa Leah";

const MEN: &str = "
    Абай Абдулла Абылай Адам Адиль Адлет Азамат Азат Айбар Айбат Айбек Айболат Айдар Айдос Айдын Айтуар Ақан Ақжол Ақылбек
    Алан Александр Алексей Али Алибек Алим Алихан Алишер Алмас Алмат Алмаз Алпамыс Алтай Альберт Альфред Амир Амирхан Анатолий
    Андрей Антон Ануар Аңсар Арсен Арсений Арслан Артём Артур Архат Арыстан Арман Асан Асет Асқар Аслан Асхат Асыл Ахат Ахмед
    Ағыбай Бағдат Бағлан Байқал Бақыт Бақытжан Батыр Батырхан Бауыржан Бейбіт Бекжан Бекзат Бекзад Бекнұр Бексұлтан Болат
    Богдан Борис Бахтияр Вадим Валентин Валерий Василий Вениамин Виктор Виталий Влад Владимир Владислав Всеволод Вячеслав Гали
    Ғабит Ғалым Ғани Геннадий Георгий Герман Глеб Григорий Данабек Даниал Данил Данила Даниил Даниэль Данияр Дархан Дәулет Дәурен
    Денис Дидар Димаш Динмухамед Дмитрий Думан Евгений Егор Ерасыл Ерболат Ербол Ержан Еркебұлан Еркін Ерлан Ермек Ернар Ернұр
    Есен Ефим Жандос Жанболат Жанибек Жасұлан Жарас Жалғас Жеңіс Жомарт Заур Зиновий Иван Игорь Ибрагим Ильдар Ильдус Ильнур
    Ильхам Ильяс Илья Имран Иосиф Иса Искандер Ислам Исмаил Кайрат Қайрат Қайсар Камиль Канат Қанат Карим Каримжан Кенес Кенжебек
    Кирилл Клим Константин Кузьма Қуаныш Қуат Лев Леонид Лука Макар Макс Максат Максим Марат Марк Марлен Мақсат Мансур
    Мартин Махмут Медет Мейрам Мейіржан Мерей Миржан Мирас Михаил Мұрат Мұхит Мұхтар Мұса Мустафа Мырзахан Назар Наиль Нариман
    Никита Николай Нияз Нұржан Нұрлан Нұрбол Нұрсұлтан Нұртас Олег Олжас Орал Оразбек Остап Отар Павел Пётр Платон Прохор
    Равиль Радик Радмир Рамазан Рамиль Рамис Расул Ратмир Рауан Рафаэль Рахат Рашид Ренат Ринат Роберт Родион Роман Ростислав
    Рустам Рустем Руслан Сабит Савва Сағын Сакен Самат Самир Санжар Святослав Сәкен Сәрсен Севастьян Семён Сергей Серік Серікбол
    Сұңқар Станислав Степан Сүлеймен Султан Талғат Тамерлан Тарас Таир Темір Тимофей Тимур Тихон Төлеген Төлен Тұрар Фаркат
    Фёдор Феликс Филипп Фома Фархат Хамит Хасан Харитон Чингиз Шамиль Шариф Шерхан Шоқан Ыбырай Эдуард Эльдар Эмиль Эмин Эрик
    Эрнест Юлиан Юлий Юрий Яков Ян Янис Ярослав Берік Бахыт Бекет Береке Ерік Есет Мәди Мәлік Медеу Нұрәли Нұрым Олжабай Рахым
    Рома Саша Серж Ваня Коля Дима Вова Миша Лёша Петя Вася Юра Гриша Паша Сеня
    Aaron Abdul Adrian Ahmad Ahmed Alan Albert Alex Alexander Alexandre Ali Andre Andreas Andrew Angel Anthony Antonio Arthur
    Benjamin Bernard Bob Brian Bruno Carl Carlos Charles Christian Christopher Daniel David Dennis Diego Dominic Donald Douglas
    Edward Emil Eric Erik Ernest Fernando Francesco Francis Francisco Frank Fred Gabriel Gary George Giovanni Gregory Hans Harry
    Hassan Hasan Hector Henry Herman Hugo Ian Ivan Jack Jacob James Jason Javier Jeffrey Jim Joe John Johan Jon Jonathan Jorge Jose
    Joseph Juan Julian Julio Julius Justin Karl Keith Kenneth Kevin Klaus Lars Leo Leon Lewis Louis Lucas Luis Luke Marc Marcel
    Marco Marcus Mario Marius Mark Martin Matthew Mehmet Michael Michel Miguel Mike Mohamed Mohammed Muhammad Mustafa Nathan
    Nicholas Nicolas Oliver Omar Oscar Otto Pablo Patrick Paul Pedro Peter Philip Pierre Rafael Ralph Raymond Ricardo Richard Rob
    Robert Roberto Robin Roger Ronald Ross Russell Ryan Sam Samuel Scott Sean Sebastian Simon Stefan Stephen Steve Steven Stuart
    Thomas Tim Timothy Tom Tony Victor Vincent Walter William Yusuf Roland Stefano Paulo Rinaldo Stephan";

const EITHER: &str = "
    Ардақ Асыл Әлем Бақыт Бахыт Жанат Женя Ермек Мерей Нұр Рахат Дидар Валя Саша Слава Шура Ян Жан Қуаныш Jean Robin Alex
    Andrea Angel Sam";

/// What Kazakh names are made of: its beginnings, beside names themselves.
const BEGINNINGS: &str = "
    ай ақ алтын аман ан асқар асыл ар ба бай бақыт бек бол гүл дана дархан дәулет дос ел ер еркін есен ерке жан жақсы жас жеңіс
    жұма қайыр қали қара қуан құдай құрман мейір мұрат мұхамед мырза наз нұр олжа ораз рай рыс сағын сат сая сейт серік сұлтан
    тайыр талғат тас темір тілек тоқ төле тұр ұл хан шай шах ырыс бота айна көк ақыл алты бұл дәу еңлік қыз қыдыр маха мира
    өте сарсен төре тыныш үміт";

/// Endings of given names that are put together from other words.
const ENDINGS: &str = "
    бай бақыт бек берді берген бике бол болат ғали ғазы ғазыбек гелді гүл дәулет дияр дос жамал жан жігіт зада закір зия кен
    кемел қазы қали қасым қожа құл құлов лан мұрат мұхамед мұхаммед назар нар нәр нұр пери рат сая сар сәуле сейт сұлтан сұлу тай
    тас хан қан шат шах ай айым бану биби қыз төре уар ұлан гелди хамит әли али ахмет мырат";

/// Every given name, folded, and whose it is.
fn names() -> &'static BTreeMap<String, Bearer> {
    static NAMES: OnceLock<BTreeMap<String, Bearer>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let all = [(WOMEN, Bearer::Woman), (MEN, Bearer::Man), (EITHER, Bearer::Either)];
        let words = all.into_iter().flat_map(|(text, bearer)| text.split_whitespace().map(move |word| (word, bearer)));
        let mut names = BTreeMap::new();
        for (word, bearer) in words {
            let other = |known: &mut Bearer| *known = if *known == bearer { bearer } else { Bearer::Either };
            names.entry(fold_word(word)).and_modify(other).or_insert(bearer);
        }
        names
    })
}

fn folded_words(text: &'static str) -> Vec<String> {
    text.split_whitespace().map(fold_word).collect()
}

/// Whether a folded word is a given name that is known here, or is made as those of Kazakh are: Нұржан, Бақытхан.
pub(super) fn is_known(folded: &str) -> bool {
    static PARTS: OnceLock<(Vec<String>, Vec<String>)> = OnceLock::new();
    let (beginnings, endings) = PARTS.get_or_init(|| (folded_words(BEGINNINGS), folded_words(ENDINGS)));
    let is_beginning = |word: &str| names().contains_key(word) || beginnings.iter().any(|known| known == word);
    names().contains_key(folded)
        || endings.iter().filter_map(|ending| folded.strip_suffix(ending.as_str())).any(is_beginning)
}

/// Whose given name a folded word is, as far as that is known: by the list, or by an ending that only women's names have.
pub(super) fn bearer(folded: &str) -> Option<Bearer> {
    let by_ending = || ["gul", "sulu", "bike"].iter().any(|ending| folded.ends_with(ending)).then_some(Bearer::Woman);
    let in_a = || folded.ends_with('a').then_some(Bearer::Woman);
    names().get(folded).copied().or_else(by_ending).or_else(in_a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_name_is_known_in_every_spelling_and_a_slip_of_the_pen_is_none() {
        for name in
            ["Марат", "Мурат", "Мұрат", "Nurzhan", "Нұрхан", "Бақытжан", "Айгерим", "Евгения", "Juliana", "Ерболат"]
        {
            assert!(is_known(&fold_word(name)), "{name}");
        }
        for slip in ["Мрат", "Айгерм", "Свтелана", "Бкытжан", "Алексанр", "Сауел", "Нржан"]
        {
            assert!(!is_known(&fold_word(slip)), "{slip}");
        }
    }

    #[test]
    fn a_given_name_tells_a_woman_from_a_man_where_it_can() {
        for (name, whose) in [
            ("Сауле", Some(Bearer::Woman)),
            ("Айгүл", Some(Bearer::Woman)),
            ("Марфа", Some(Bearer::Woman)),
            ("Илья", Some(Bearer::Man)),
            ("Никита", Some(Bearer::Man)),
            ("Олег", Some(Bearer::Man)),
            ("Жанат", Some(Bearer::Either)),
            ("Квентин", None),
        ] {
            assert_eq!(bearer(&fold_word(name)), whose, "{name}");
        }
    }
}
