// Enough JSON for the stories: numbers stay as they are written.

class Num(private val text: String) {
    override fun toString() = text
}

class Json(private val text: String) {
    private var at = 0

    fun value(): Any? {
        skip()
        return when (text[at]) {
            '{' -> members()
            '[' -> items()
            '"' -> string()
            't' -> word("true", true)
            'f' -> word("false", false)
            'n' -> word("null", null)
            else -> number()
        }
    }

    private fun skip() { while (at < text.length && text[at].isWhitespace()) at++ }

    private fun next(sign: Char): Boolean { skip(); return (text[at] == sign).also { if (it) at++ } }

    private fun members(): Map<String, Any?> {
        val found = linkedMapOf<String, Any?>()
        check(next('{'))
        if (next('}')) return found
        do { skip(); val key = string(); check(next(':')); found[key] = value() } while (next(','))
        check(next('}'))
        return found
    }

    private fun items(): List<Any?> {
        val found = mutableListOf<Any?>()
        check(next('['))
        if (next(']')) return found
        do { found += value() } while (next(','))
        check(next(']'))
        return found
    }

    private fun string(): String {
        val out = StringBuilder()
        at++
        while (text[at] != '"') {
            if (text[at] != '\\') { out.append(text[at++]); continue }
            when (val escaped = text[at + 1]) {
                'n' -> out.append('\n')
                't' -> out.append('\t')
                'u' -> { out.append(text.substring(at + 2, at + 6).toInt(16).toChar()); at += 4 }
                else -> out.append(escaped)
            }
            at += 2
        }
        at++
        return out.toString()
    }

    private fun word(word: String, means: Any?): Any? { check(text.startsWith(word, at)); at += word.length; return means }

    private fun number(): Num {
        val from = at
        while (at < text.length && text[at] !in ",]} \n") at++
        return Num(text.substring(from, at))
    }

    companion object {
        fun write(value: Any?): String = when (value) {
            is Map<*, *> -> value.entries.joinToString(",", "{", "}") { "${write(it.key)}:${write(it.value)}" }
            is List<*> -> value.joinToString(",", "[", "]") { write(it) }
            is String -> "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\""
            else -> value.toString()
        }
    }
}
