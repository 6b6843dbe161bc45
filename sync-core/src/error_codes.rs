//! The codes of what an app may be refused, and what people are told: one table for every language of programs and of people.
//!
//! The table says what an app can do about each failure. The facades take their error from it, and the constants in Kotlin,
//! Swift, Python and JavaScript and `docs/errors.md` are written from it. The sentences are for people: a facade's error says
//! in English what happened in this one case; an app that speaks Kazakh or Russian shows the sentence of its code.

/// What an app can do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remedy {
    /// Do it again later, as it was.
    Retry,
    /// Join with an invite, first or again.
    SignIn,
    /// Do something else: it cannot be done, now or later.
    Refused,
    /// Report it: the library is wrong.
    Bug,
}

/// A failure, by a code that never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCode {
    /// The code, in small letters with underscores.
    pub code: &'static str,
    /// What an app can do.
    pub remedy: Remedy,
}

/// What people are told, in their language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sentences {
    /// English.
    pub en: &'static str,
    /// Russian.
    pub ru: &'static str,
    /// Kazakh.
    pub kk: &'static str,
}

macro_rules! codes {
    ($($name:ident $remedy:ident $code:literal en $en:literal ru $ru:literal kk $kk:literal;)+) => {
        impl ErrorCode {
            $(#[doc = $en] pub const $name: Self = Self { code: $code, remedy: Remedy::$remedy };)+

            /// The failure of this code; `None` for one that a newer home invented.
            #[must_use]
            pub fn of(code: &str) -> Option<Self> {
                match code {
                    $($code => Some(Self::$name),)+
                    _ => None,
                }
            }
        }

        /// Every code with its sentences, in the order of what they are about.
        pub const ALL: &[(ErrorCode, Sentences)] = &[
            $((ErrorCode::$name, Sentences { en: $en, ru: $ru, kk: $kk }),)+
        ];
    };
}

codes! {
    // The journal on this device.
    IN_USE Retry "in_use"
        en "This journal is open already, here or in another program: close it there first."
        ru "Этот журнал уже открыт здесь или в другой программе: сначала закройте его там."
        kk "Бұл журнал осында немесе басқа бағдарламада ашық тұр: алдымен сол жерде жабыңыз.";
    DISK_FULL Retry "disk_full"
        en "There is no room left on this device. The last action was not saved: make room, then do it again."
        ru "На устройстве не осталось места. Последнее действие не сохранено: освободите место и повторите его."
        kk "Құрылғыда орын қалмады. Соңғы әрекет сақталмады: орын босатып, қайталаңыз.";
    NOT_SAVED Retry "not_saved"
        en "The journal could not be read or written, and the last action was not saved: do it again."
        ru "Журнал не удалось прочитать или записать, последнее действие не сохранено: повторите его."
        kk "Журналды оқу немесе жазу мүмкін болмады, соңғы әрекет сақталмады: қайталаңыз.";
    REOPEN Retry "reopen"
        en "The app lost its journal: open it again. What was saved is safe."
        ru "Приложение потеряло свой журнал: откройте его снова. Всё сохранённое цело."
        kk "Қолданба журналын жоғалтты: оны қайта ашыңыз. Сақталғанның бәрі аман.";
    UNKNOWN_OUTCOME Retry "unknown_outcome"
        en "It is not known whether it was done: look at the records before you do it again."
        ru "Неизвестно, сделано ли это: посмотрите записи, прежде чем повторять."
        kk "Оның орындалғаны белгісіз: қайталамас бұрын жазбаларды қараңыз.";
    CANNOT_WRITE Refused "cannot_write"
        en "The journal may not be written here: make its folder writable, or name another."
        ru "Журнал нельзя записывать в этом месте: разрешите запись в папку или укажите другую."
        kk "Бұл жерге журнал жазуға болмайды: бумаға жазуға рұқсат беріңіз немесе басқасын көрсетіңіз.";
    BAD_PATH Refused "bad_path"
        en "There is no place for a journal at this path: name a file in a folder that is there."
        ru "По этому пути журнал создать нельзя: укажите файл в существующей папке."
        kk "Бұл жолда журнал ашылмайды: бар бумадағы файлды көрсетіңіз.";
    FORKED Refused "forked"
        en "This process was forked off one that holds the journal: open it after the fork, in one process."
        ru "Этот процесс отделился от процесса, у которого открыт журнал: открывайте журнал после разделения, в одном процессе."
        kk "Бұл процесс журналды ұстап тұрған процестен бөлініп шықты: журналды бөлінгеннен кейін, бір процесте ашыңыз.";
    NOT_A_JOURNAL Refused "not_a_journal"
        en "This file is not a journal: name another one. It stays as it is."
        ru "Этот файл не журнал: укажите другой. Файл не изменён."
        kk "Бұл файл журнал емес: басқасын көрсетіңіз. Файл өзгерген жоқ.";
    OTHER_FORMAT Refused "other_format"
        en "Another kind of app made this journal: open it there, exchange, and begin a new one here."
        ru "Этот журнал создан приложением другого вида: откройте его там, обменяйтесь и начните здесь новый."
        kk "Бұл журналды басқа түрлі қолданба жасаған: оны сонда ашып, алмасып, мұнда жаңасын бастаңыз.";
    FILE_EXISTS Refused "file_exists"
        en "There is a file of this name already: name a new one."
        ru "Файл с таким именем уже есть: укажите новый."
        kk "Мұндай атты файл бар: жаңасын көрсетіңіз.";
    NEWER_JOURNAL Refused "newer_journal"
        en "A newer version made this journal: update this app."
        ru "Этот журнал создан более новой версией: обновите приложение."
        kk "Бұл журналды жаңарақ нұсқа жасаған: қолданбаны жаңартыңыз.";
    DAMAGED_JOURNAL Refused "damaged_journal"
        en "The journal is damaged: export what can be read, hand it to an organizer, and begin a new one."
        ru "Журнал повреждён: выгрузите то, что читается, передайте организатору и начните новый."
        kk "Журнал бүлінген: оқылатынын шығарып, ұйымдастырушыға беріңіз де, жаңасын бастаңыз.";
    READ_ONLY Refused "read_only"
        en "The journal is damaged and only read: export what can be saved, and begin a new one."
        ru "Журнал повреждён и только читается: выгрузите то, что можно спасти, и начните новый."
        kk "Журнал бүлінген, тек оқылады: сақтауға болатынын шығарып, жаңасын бастаңыз.";
    CLOSED Refused "closed"
        en "The journal was closed: open it again."
        ru "Журнал закрыт: откройте его снова."
        kk "Журнал жабылған: оны қайта ашыңыз.";
    KEY_NEEDED Refused "key_needed"
        en "The journal is encrypted, or damaged: it needs its key."
        ru "Журнал зашифрован или повреждён: нужен его ключ."
        kk "Журнал шифрланған немесе бүлінген: кілті керек.";
    WRONG_KEY Refused "wrong_key"
        en "The journal does not open with this key."
        ru "Журнал не открывается этим ключом."
        kk "Журнал бұл кілтпен ашылмайды.";
    NOT_ENCRYPTED Refused "not_encrypted"
        en "The journal is not encrypted: open it without a key, or begin a new one."
        ru "Журнал не зашифрован: откройте его без ключа или начните новый."
        kk "Журнал шифрланбаған: кілтсіз ашыңыз немесе жаңасын бастаңыз.";
    CANNOT_ENCRYPT Refused "cannot_encrypt"
        en "This app was built without encryption of journals."
        ru "Это приложение собрано без шифрования журналов."
        kk "Бұл қолданба журналды шифрлаусыз жиналған.";
    INSECURE_CONTEXT Refused "insecure_context"
        en "A browser keeps a journal only for pages over HTTPS and on this computer itself: open the address with https."
        ru "Браузер хранит журнал только для страниц по HTTPS и на самом этом компьютере: откройте адрес с https."
        kk "Браузер журналды тек HTTPS беттері мен осы компьютердің өзі үшін сақтайды: мекенжайды https арқылы ашыңыз.";
    PLATFORM Refused "platform"
        en "This app does not run on this system: a journal in a file is kept on Linux and Windows alone."
        ru "Приложение не работает в этой системе: журнал в файле хранится только в Linux и Windows."
        kk "Қолданба бұл жүйеде жұмыс істемейді: файлдағы журнал тек Linux пен Windows жүйелерінде сақталады.";

    // Whether this device belongs to an event.
    NOT_JOINED SignIn "not_joined"
        en "This device has not joined yet: open an invite link first."
        ru "Это устройство ещё не присоединено: сначала откройте ссылку-приглашение."
        kk "Бұл құрылғы әлі қосылмаған: алдымен шақыру сілтемесін ашыңыз.";
    NOT_LET_IN Refused "not_let_in"
        en "This device was not let into this event: ask for an invite to it."
        ru "Это устройство не допущено к мероприятию: попросите приглашение."
        kk "Бұл құрылғы осы іс-шараға жіберілмеген: шақыру сұраңыз.";
    OTHER_HOME Refused "other_home"
        en "This journal belongs to another server: use another journal for this one."
        ru "Этот журнал принадлежит другому серверу: для этого сервера нужен другой журнал."
        kk "Бұл журнал басқа серверге тиесілі: бұл серверге басқа журнал керек.";
    NO_EVENT Refused "no_event"
        en "No event was chosen: join with an invite, or choose one."
        ru "Мероприятие не выбрано: откройте приглашение или выберите мероприятие."
        kk "Іс-шара таңдалмаған: шақыру арқылы қосылыңыз немесе біреуін таңдаңыз.";
    BAD_LINK Refused "bad_link"
        en "This is no invite link: copy it whole, or scan its code."
        ru "Это не ссылка-приглашение: скопируйте её целиком или отсканируйте код."
        kk "Бұл шақыру сілтемесі емес: оны толық көшіріңіз немесе кодын сканерлеңіз.";
    UNKNOWN_INVITE Refused "unknown_invite"
        en "The server knows no such invite: check the link, or ask for a new one."
        ru "Сервер не знает такого приглашения: проверьте ссылку или попросите новую."
        kk "Сервер мұндай шақыруды білмейді: сілтемені тексеріңіз немесе жаңасын сұраңыз.";
    USED_INVITE Refused "used_invite"
        en "This invite has been used: ask for a new one."
        ru "Это приглашение уже использовано: попросите новое."
        kk "Бұл шақыру пайдаланылған: жаңасын сұраңыз.";
    EXPIRED_INVITE Refused "expired_invite"
        en "This invite has expired: ask for a new one."
        ru "Срок приглашения истёк: попросите новое."
        kk "Шақырудың мерзімі өткен: жаңасын сұраңыз.";
    UNPROVEN_KEY Refused "unproven_key"
        en "The invite is of another server, or this app is too old: ask for a new invite, or update the app."
        ru "Приглашение от другого сервера или приложение устарело: попросите новое приглашение или обновите приложение."
        kk "Шақыру басқа сервердікі немесе қолданба ескі: жаңа шақыру сұраңыз немесе қолданбаны жаңартыңыз.";
    GIVES_LESS Refused "gives_less"
        en "The invite gives less than this device may do now. Nothing was changed: agree to it, or keep what you have."
        ru "Приглашение даёт меньше прав, чем есть у устройства. Ничего не изменено: согласитесь или оставьте как есть."
        kk "Шақыру құрылғының қазіргі құқығынан аз береді. Ештеңе өзгерген жоқ: келісіңіз немесе барын қалдырыңыз.";
    REVOKED Refused "revoked"
        en "An organizer locked this device out. What it recorded is safe on it: ask an organizer."
        ru "Организатор отключил это устройство. Всё записанное на нём цело: обратитесь к организатору."
        kk "Ұйымдастырушы бұл құрылғыны ажыратқан. Онда жазылғанның бәрі аман: ұйымдастырушыға барыңыз.";
    EXPIRED_TOKEN Retry "expired_token"
        en "The session with the server is over: exchange again."
        ru "Сеанс с сервером закончился: обменяйтесь снова."
        kk "Сервермен сеанс аяқталды: қайта алмасыңыз.";
    UNAUTHENTICATED Retry "unauthenticated"
        en "The server wants this device to prove itself again: exchange again."
        ru "Сервер просит устройство снова подтвердить себя: обменяйтесь снова."
        kk "Сервер құрылғыдан өзін қайта растауды сұрайды: қайта алмасыңыз.";
    BAD_PROOF SignIn "bad_proof"
        en "The server does not know this device any more: join again with a new invite. What it recorded stays on it."
        ru "Сервер больше не знает это устройство: присоединитесь по новому приглашению. Всё записанное остаётся на нём."
        kk "Сервер бұл құрылғыны енді танымайды: жаңа шақырумен қосылыңыз. Жазылғаны құрылғыда қалады.";

    // What was recorded.
    BAD_INPUT Refused "bad_input"
        en "A value is not what it should be."
        ru "Значение указано неверно."
        kk "Мән дұрыс емес.";
    INVALID Refused "invalid"
        en "A value cannot be meant: correct it."
        ru "Такого значения быть не может: исправьте его."
        kk "Мұндай мән болуы мүмкін емес: түзетіңіз.";
    IMPOSSIBLE_READING Refused "impossible_reading"
        en "The clock of this device shows a time that cannot be: set it right."
        ru "Часы устройства показывают невозможное время: установите верное."
        kk "Құрылғы сағаты мүмкін емес уақытты көрсетеді: дұрыстаңыз.";
    UNKNOWN_SUBJECT Refused "unknown_subject"
        en "This device knows nobody of this id: exchange, or register them as a walk-in."
        ru "Устройство не знает такого человека: обменяйтесь или зарегистрируйте его на месте."
        kk "Құрылғы мұндай адамды білмейді: алмасыңыз немесе орнында тіркеңіз.";
    UNKNOWN_SITE Refused "unknown_site"
        en "The event has no such site: exchange, or choose another."
        ru "В мероприятии нет такого участка: обменяйтесь или выберите другой."
        kk "Іс-шарада мұндай учаске жоқ: алмасыңыз немесе басқасын таңдаңыз.";
    UNKNOWN_TASK Refused "unknown_task"
        en "The event has no such remote task."
        ru "В мероприятии нет такого удалённого задания."
        kk "Іс-шарада мұндай қашықтан тапсырма жоқ.";
    UNKNOWN_ENTRY Refused "unknown_entry"
        en "No such record is known here."
        ru "Такая запись здесь неизвестна."
        kk "Мұндай жазба мұнда белгісіз.";
    UNKNOWN_RULING Refused "unknown_ruling"
        en "No such decision is known here."
        ru "Такое решение здесь неизвестно."
        kk "Мұндай шешім мұнда белгісіз.";
    NOTHING_TO_UNDO Refused "nothing_to_undo"
        en "This device has no such record to undo."
        ru "На этом устройстве нет такой записи, которую можно отменить."
        kk "Бұл құрылғыда болдырмайтын мұндай жазба жоқ.";
    SEEN_ELSEWHERE Refused "seen_elsewhere"
        en "Another device recorded something of this walk-in, who would be left without a name: ask an organizer."
        ru "Другое устройство уже записало что-то об этом человеке, и он остался бы без имени: обратитесь к организатору."
        kk "Бұл адам туралы басқа құрылғы жазып қойған, ол атсыз қалар еді: ұйымдастырушыға барыңыз.";
    UNDO_INSTEAD Refused "undo_instead"
        en "This device recorded it itself: take it back with undo."
        ru "Это записано на этом же устройстве: отмените запись."
        kk "Мұны осы құрылғының өзі жазған: жазбаны болдырмаңыз.";
    RETRACTS_RETRACTION Refused "retracts_retraction"
        en "That decision only takes back another one: decide again instead."
        ru "Это решение лишь отменяет другое: примите новое решение."
        kk "Бұл шешім басқасының күшін ғана жояды: қайта шешіңіз.";
    ERASED Refused "erased"
        en "They were erased at their own wish: nothing is written about them any more."
        ru "Данные этого человека стёрты по его просьбе: о нём больше ничего не записывается."
        kk "Бұл адамның деректері өз өтініші бойынша өшірілген: ол туралы енді ештеңе жазылмайды.";
    ID_TAKEN Refused "id_taken"
        en "This id is taken already."
        ru "Этот идентификатор уже занят."
        kk "Бұл идентификатор бос емес.";
    BACKWARDS Refused "backwards"
        en "It ends before it begins, or at once: correct the times."
        ru "Конец раньше начала или совпадает с ним: исправьте время."
        kk "Соңы басынан бұрын немесе бірдей: уақытты түзетіңіз.";
    TOO_LONG Refused "too_long"
        en "It is longer than anybody works in one go: correct the times."
        ru "Столько подряд никто не работает: исправьте время."
        kk "Ешкім бұлай ұзақ қатарынан жұмыс істемейді: уақытты түзетіңіз.";
    MINOR_AT_RISK Refused "minor_at_risk"
        en "This shift is hazardous: nobody who may be under age can be assigned to it."
        ru "Эта смена опасна: на неё нельзя назначить того, кто может быть несовершеннолетним."
        kk "Бұл ауысым қауіпті: кәмелетке толмауы мүмкін адам оған тағайындалмайды.";
    OWN_WORK Refused "own_work"
        en "This device noted the work itself: somebody else must approve it."
        ru "Эта работа записана на этом же устройстве: утвердить её должен кто-то другой."
        kk "Бұл жұмысты осы құрылғының өзі жазған: оны басқа біреу бекітуі керек.";
    OTHER_ENTRY Refused "other_entry"
        en "That record is of another kind."
        ru "Эта запись другого вида."
        kk "Бұл жазба басқа түрлі.";
    NOT_YOUR_ROLE Refused "not_your_role"
        en "This device may not do that: ask a lead or an organizer."
        ru "Этому устройству нельзя это делать: обратитесь к старшему или организатору."
        kk "Бұл құрылғыға мұны істеуге болмайды: аға жетекшіге немесе ұйымдастырушыға айтыңыз.";

    // What was scanned.
    NOT_A_BADGE Refused "not_a_badge"
        en "This is no badge of Saxaul: search by name instead."
        ru "Это не бейдж Saxaul: найдите человека по имени."
        kk "Бұл Saxaul бейджі емес: адамды аты бойынша іздеңіз.";
    BAD_BADGE Refused "bad_badge"
        en "The badge is damaged or forged: search by name, and tell an organizer."
        ru "Бейдж повреждён или подделан: найдите человека по имени и сообщите организатору."
        kk "Бейдж бүлінген немесе жалған: аты бойынша іздеп, ұйымдастырушыға айтыңыз.";
    BADGE_OF_OTHER_EVENT Refused "badge_of_other_event"
        en "The badge is of another event."
        ru "Этот бейдж от другого мероприятия."
        kk "Бұл бейдж басқа іс-шараныкі.";
    NOT_SCANNED Refused "not_scanned"
        en "Nobody's badge was scanned: scan it, or check them in by name."
        ru "Бейдж не отсканирован: отсканируйте его или отметьте человека по имени."
        kk "Бейдж сканерленбеген: сканерлеңіз немесе аты бойынша белгілеңіз.";

    // Exchanging.
    OFFLINE Retry "offline"
        en "The server is out of reach. Everything is saved on this device: try again where there is a network."
        ru "Сервер недоступен. Всё сохранено на этом устройстве: повторите там, где есть сеть."
        kk "Серверге қол жетпейді. Бәрі осы құрылғыда сақталған: желі бар жерде қайталаңыз.";
    COME_LATER Retry "come_later"
        en "The server asks to come later. Everything is saved on this device."
        ru "Сервер просит прийти позже. Всё сохранено на этом устройстве."
        kk "Сервер кейінірек келуді сұрайды. Бәрі осы құрылғыда сақталған.";
    CANCELLED Retry "cancelled"
        en "The exchange was cancelled. What came before is kept."
        ru "Обмен отменён. То, что пришло раньше, сохранено."
        kk "Алмасу тоқтатылды. Бұрын келгені сақталған.";
    APP_FAILED Refused "app_failed"
        en "The app itself failed while it followed the exchange. What came before is kept."
        ru "В самом приложении произошла ошибка во время обмена. То, что пришло раньше, сохранено."
        kk "Алмасу кезінде қолданбаның өзінде қате болды. Бұрын келгені сақталған.";
    NOT_HOME Retry "not_home"
        en "Something else than the server answered, as a network does that wants a sign-in first: try another network."
        ru "Ответил не сервер: так бывает в сети, где сначала нужен вход. Попробуйте другую сеть."
        kk "Сервер емес, басқа нәрсе жауап берді: алдымен кіруді сұрайтын желіде солай болады. Басқа желіні қолданып көріңіз.";
    BUSY Retry "busy"
        en "The server has too much to do: try again in a moment."
        ru "Сервер перегружен: повторите чуть позже."
        kk "Сервердің жұмысы көп: сәл кейін қайталаңыз.";
    TOO_MANY_CALLS Retry "too_many_calls"
        en "This device or its network asks the server too often: try again later."
        ru "Устройство или его сеть обращаются к серверу слишком часто: повторите позже."
        kk "Құрылғы немесе оның желісі серверге тым жиі жүгінеді: кейінірек қайталаңыз.";
    TOO_MUCH_WORK Retry "too_much_work"
        en "The server is still busy with what was asked before: try again in a moment."
        ru "Сервер ещё занят прежними запросами: повторите чуть позже."
        kk "Сервер бұрынғы сұрауларды әлі орындап жатыр: сәл кейін қайталаңыз.";
    STORAGE_FULL Retry "storage_full"
        en "The server's disk is full. Everything stays on this device: tell an organizer."
        ru "Диск сервера переполнен. Всё остаётся на этом устройстве: сообщите организатору."
        kk "Сервердің дискісі толған. Бәрі осы құрылғыда қалады: ұйымдастырушыға айтыңыз.";
    INTERNAL Retry "internal"
        en "The server failed. Everything stays on this device: try again later."
        ru "Сбой на сервере. Всё остаётся на этом устройстве: повторите позже."
        kk "Серверде ақау болды. Бәрі осы құрылғыда қалады: кейінірек қайталаңыз.";
    TIMEOUT Retry "timeout"
        en "The network was too slow: try again where it is better."
        ru "Сеть слишком медленная: повторите там, где она лучше."
        kk "Желі тым баяу: жақсырақ жерде қайталаңыз.";
    NO_SESSION Retry "no_session"
        en "There is no session with home: exchange, and try again."
        ru "Нет сеанса с сервером: обменяйтесь и повторите."
        kk "Сервермен сеанс жоқ: алмасып, қайталаңыз.";
    LINK_BROKE Retry "link_broke"
        en "The link to the other phone broke: what came is kept. Try again."
        ru "Связь с другим телефоном прервалась: полученное сохранено. Повторите."
        kk "Басқа телефонмен байланыс үзілді: келгені сақталды. Қайталаңыз.";
    NOTHING_ASKED Refused "nothing_asked"
        en "No exchange is under way: begin one."
        ru "Обмен не идёт: начните его."
        kk "Алмасу жүріп жатқан жоқ: бастаңыз.";
    BAD_MESSAGE Refused "bad_message"
        en "What the other side sent cannot be read: update the older of the two apps."
        ru "Сообщение другой стороны не читается: обновите более старое из двух приложений."
        kk "Екінші жақтың хабары оқылмайды: екі қолданбаның ескісін жаңартыңыз.";
    NEAR Refused "near"
        en "The other device was not understood, or not believed: it must have joined the same event."
        ru "Другое устройство не понято или ему нельзя верить: оно должно быть в том же мероприятии."
        kk "Екінші құрылғы түсініксіз немесе сенімсіз: ол сол іс-шараға қосылған болуы керек.";
    NOT_FOUND Refused "not_found"
        en "There is nothing at this address of the server: ask for a new invite."
        ru "По этому адресу на сервере ничего нет: попросите новое приглашение."
        kk "Сервердің бұл мекенжайында ештеңе жоқ: жаңа шақыру сұраңыз.";
    UNKNOWN_EVENT Refused "unknown_event"
        en "The server has no such event that is open to this device."
        ru "На сервере нет такого мероприятия, доступного этому устройству."
        kk "Серверде бұл құрылғыға ашық мұндай іс-шара жоқ.";
    FOREIGN_EVENT Refused "foreign_event"
        en "The message is of another event than its address."
        ru "Сообщение относится не к тому мероприятию, что его адрес."
        kk "Хабар мекенжайындағыдан басқа іс-шараныкі.";
    UNSUPPORTED_VERSION Refused "unsupported_version"
        en "This app and the server do not understand each other: update the older of the two."
        ru "Приложение и сервер не понимают друг друга: обновите более старое."
        kk "Қолданба мен сервер бір-бірін түсінбейді: ескісін жаңартыңыз.";
    TOO_LARGE Refused "too_large"
        en "The message is larger than the server takes: update this app."
        ru "Сообщение больше, чем принимает сервер: обновите приложение."
        kk "Хабар сервер қабылдайтыннан үлкен: қолданбаны жаңартыңыз.";
    BAD_BODY Refused "bad_body"
        en "The server cannot read what this app sent: update the app."
        ru "Сервер не может прочитать сообщение приложения: обновите приложение."
        kk "Сервер қолданба жібергенді оқи алмайды: қолданбаны жаңартыңыз.";
    BAD_FIELD Refused "bad_field"
        en "The server does not accept a value that this app sent: correct it, or update the app."
        ru "Сервер не принимает значение от приложения: исправьте его или обновите приложение."
        kk "Сервер қолданба жіберген мәнді қабылдамайды: түзетіңіз немесе қолданбаны жаңартыңыз.";

    // Forgetting everything.
    NOT_ORDERED Refused "not_ordered"
        en "The server gave no order to wipe this device."
        ru "Сервер не приказывал стереть это устройство."
        kk "Сервер бұл құрылғыны тазалауға бұйырған жоқ.";
    UNSENT Refused "unsent"
        en "This device still has records that the server lacks: exchange first."
        ru "На устройстве есть записи, которых нет у сервера: сначала обменяйтесь."
        kk "Құрылғыда серверде жоқ жазбалар бар: алдымен алмасыңыз.";

    NO_THREAD Retry "no_thread"
        en "The system gives this app no more threads: close other apps, then do it again."
        ru "Система не даёт приложению новых потоков: закройте другие приложения и повторите."
        kk "Жүйе қолданбаға жаңа ағын бермейді: басқа қолданбаларды жауып, қайталаңыз.";
    BUG Bug "bug"
        en "The app made a mistake. The journal is whole: report it to the developers."
        ru "Ошибка в приложении. Журнал цел: сообщите разработчикам."
        kk "Қолданбада қате бар. Журнал бүтін: әзірлеушілерге хабарлаңыз.";
}

/// The codes by which home is out of reach, or has no time or no room just now: whatever else is the matter with a device is its
/// own.
pub const HOME_IS_AWAY: &[ErrorCode] = &[
    ErrorCode::OFFLINE,
    ErrorCode::NOT_HOME,
    ErrorCode::COME_LATER,
    ErrorCode::BUSY,
    ErrorCode::TOO_MANY_CALLS,
    ErrorCode::TOO_MUCH_WORK,
    ErrorCode::STORAGE_FULL,
    ErrorCode::INTERNAL,
    ErrorCode::TIMEOUT,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_code_stands_once_and_is_found_by_its_name() {
        let codes: BTreeSet<&str> = ALL.iter().map(|(code, _)| code.code).collect();
        assert_eq!(codes.len(), ALL.len());
        for (code, _) in ALL {
            assert_eq!(ErrorCode::of(code.code), Some(*code));
            assert!(code.code.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase()), "{}", code.code);
        }
        assert_eq!(ErrorCode::of("invented_later"), None);
    }

    #[test]
    fn people_are_told_in_whole_sentences_of_their_own_letters() {
        let is_cyrillic = |letter: char| ('\u{400}'..='\u{4ff}').contains(&letter);
        for (code, Sentences { en, ru, kk }) in ALL {
            for sentence in [en, ru, kk] {
                assert!(
                    sentence.ends_with('.') && sentence.chars().next().is_some_and(char::is_uppercase),
                    "{sentence}"
                );
            }
            assert!(!en.chars().any(is_cyrillic), "{}", code.code);
            for sentence in [ru, kk] {
                let (own, all) = (
                    sentence.chars().filter(|letter| is_cyrillic(*letter)).count(),
                    sentence.chars().filter(|letter| letter.is_alphabetic()).count(),
                );
                assert!(own * 10 > all * 8, "{sentence}");
            }
            assert_ne!(ru, kk, "{}", code.code);
        }
    }
}
