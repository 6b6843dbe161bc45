"""Completes what UniFFI wrote for Kotlin: `python3 kotlin.py DIRECTORY`, where DIRECTORY holds `sync_core.kt`.

It rewrites the documentation in Kotlin's words, gives numbers signed types so that Java can call everything, and makes closing an
object end what it does. Beside it, `Twins.kt` gets a suspending twin of every call.
"""

from __future__ import annotations

import pathlib
import re
import sys

from words import calls_in_camel, camel, links, replaced

# What closing an object does. UniFFI's own closing is put off while a call is under way.
ENDED_BY = {"Saxaul": "shutDown", "Observation": "stop", "Syncing": "stop", "Cancel": "cancel"}

SIGNED = """/**
 * Numbers that Rust counts without a sign are signed here, because Java has no others: one that is too large is shown as the
 * largest, and a negative one is refused.
 *
 * @suppress
 */
"""

TWINS_HEAD = """// Written by bindings/adapt/kotlin.py from what UniFFI wrote. Do not change it here.

package saxaul

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

"""


def main() -> None:
    directory = pathlib.Path(sys.argv[1])
    source = adapted((directory / "sync_core.kt").read_text())
    (directory / "sync_core.kt").write_text(source)
    (directory / "Twins.kt").write_text(TWINS_HEAD + twins(source))


def adapted(source: str) -> str:
    source = in_words_of_kotlin(source)
    source = signed(source)
    # An object that stands for a case prints its name.
    source = replaced(source, r"(?m)^    object (\w+ : \w+\(\))", r"    data object \1")
    source = replaced(source, r"`presence`: PresenceFilter\n", "`presence`: PresenceFilter = PresenceFilter.Anyone\n", times=1)
    # Java: parameters that may be left out, functions without an instance, and a class for those outside of one.
    source = replaced(source, r"(?m)^data class (\w+) \(((?:[^)/]|/(?!/)|\([^)]*\))*? = )", r"data class \1 @JvmOverloads constructor (\2")
    source = replaced(source, r"@Throws\(SaxaulException::class\) fun `open`", "@Throws(SaxaulException::class) @JvmStatic @JvmOverloads fun `open`", times=1)
    source = replaced(source, r"@Throws\(SaxaulException::class\) fun `openRecorded`", "@Throws(SaxaulException::class) @JvmStatic fun `openRecorded`", times=1)
    source = replaced(source, r'@file:Suppress\("NAME_SHADOWING"\)', '@file:Suppress("NAME_SHADOWING")\n@file:JvmName("SaxaulFunctions")', times=1)
    for name, end in ENDED_BY.items():
        head, mark, body = source.partition(f"\nopen class {name}: ")
        if not mark:
            raise SystemExit(f"UniFFI wrote no class {name}")
        closing = ("    /** The same as [" + end + "]: at once, also while a call is under way. Repeating it is harmless. */\n"
                   f"    override fun close() {{\n        {end}()\n    }}\n")
        source = head + mark + re.sub(r"    @Synchronized\n    override fun close\(\) \{\n        this\.destroy\(\)\n    \}\n",
                                      closing, body, count=1)
    # Every object can be closed: `use` is Kotlin's own, which closes it.
    source = replaced(source, r"/\*\*\n \* @suppress\n \*/\ninline fun <T : Disposable\?, R> T\.use(?:.*\n)*?    }\n\n(?=/\*\*)", "", times=1)
    # What the app throws where nobody waits for an answer is reported, as what no thread catches.
    return replaced(source, r"(\n +)(val err = try \{ e\.stackTraceToString\(\))", r"\1e.printStackTrace()\1\2", times=2)


def in_words_of_kotlin(source: str) -> str:
    source = links(source, lambda parts: f"[{in_kotlin(parts)}]")
    source = calls_in_camel(source, r"fun `(\w+)`", "[{}]")
    return re.sub(r"# Errors\n( +\*) ", r"@throws SaxaulException\n\1 ", source)


def in_kotlin(parts: list[str]) -> str:
    """What Rust calls so, in Kotlin's words."""
    known = {"error_codes": "ErrorCodes", "SaxaulError": "SaxaulException"}
    return ".".join(known.get(part, camel(part)) for part in parts)


def signed(source: str) -> str:
    for unsigned, shown, raw, size, largest in (
        ("UByte", "Int", "Byte", 1, "0xff"),
        ("UShort", "Int", "Short", 2, "0xffff"),
        ("UInt", "Int", "Int", 4, None),
        ("ULong", "Long", "Long", 8, None),
    ):
        shows = f"value.toInt() and {largest}" if largest else f"if (value < 0) {shown}.MAX_VALUE else value"
        most = largest or f"{shown}.MAX_VALUE"
        # JNA hands such small numbers to callbacks as integers.
        converter = (f"{SIGNED}public object FfiConverter{unsigned}: FfiConverter<{shown}, {raw}> {{\n"
                     f"    override fun lift(value: {raw}): {shown} = {shows}\n\n"
                     f"    override fun read(buf: ByteBuffer): {shown} = lift(buf.get{'' if size == 1 else raw}())\n\n"
                     f"    override fun lower(value: {shown}): {raw} {{\n"
                     f'        require(value in 0..{most}) {{ "a number from 0 to ${{{most}}} is wanted, not $value" }}\n'
                     f"        return value.to{raw}()\n    }}\n\n"
                     f"    override fun allocationSize(value: {shown}) = {size}UL\n\n"
                     f"    override fun write(value: {shown}, buf: ByteBuffer) {{\n"
                     f"        buf.put{'' if size == 1 else raw}(lower(value))\n    }}\n}}\n")
        source, count = re.subn(rf"/\*\*\n \* @suppress\n \*/\npublic object FfiConverter{unsigned}: .*?\n}}\n",
                                lambda _: converter, source, flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"UniFFI wrote {count} converters of {unsigned}")
        source = re.sub(rf"kotlin\.{unsigned}( = \d+)uL?\b", lambda found: f"kotlin.{shown}{found[1]}", source)
        source = re.sub(rf"kotlin\.{unsigned}\b", f"kotlin.{shown}", source)
    return source


def twins(source: str) -> str:
    """A suspending twin of each call of a journal."""
    written = []
    interface = re.search(r"public interface SaxaulInterface \{\n(.*?)\n    companion object", source, re.DOTALL)
    assert interface
    for call in re.finditer(r"    fun `(\w+)`\((.*?)\)(?:: (.+))?\n", interface[1]):
        written.append(twin("Saxaul", "Saxaul", *call.groups()))
    for call in re.finditer(r"@JvmStatic (?:@JvmOverloads )?fun `(\w+)`\((.*?)\): (Saxaul) \{", source):
        written.append(twin("Saxaul.Companion", "Saxaul.Companion", *call.groups()))
    return "\n".join(written)


def twin(receiver: str, documented: str, name: str, parameters: str, returned: str | None) -> str:
    taken = re.findall(r"`(\w+)`: ([^,=]+?)(?: = ([^,]+))?(?:, |$)", parameters)
    handed = {parameter: f"`{parameter}`" for parameter, _, _ in taken}
    waits = "cancel" in handed
    shown = [f"`{parameter}`: {kind}{f' = {default}' if default else ''}"
             for parameter, kind, default in taken if parameter != "cancel"]
    call = f"{name}({', '.join(handed.values())})"
    if "pace" in handed:
        call = f"rethrowing(pace) {{ pace -> {call} }}"
    run = f"cancellable {{ cancel -> {call} }}" if waits else f"withContext(Dispatchers.IO) {{ {call} }}"
    ends = " Ends at once when the coroutine is cancelled." if waits else ""
    return (f"/** See [{documented}.{name}].{ends} */\n"
            f"suspend fun {receiver}.{name}Async({', '.join(shown)}): {returned or 'Unit'} =\n    {run}\n")


main()
