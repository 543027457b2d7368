#pragma once

#include <string>

#include "base/environment.h"

/// Messages in the user's language. Hotaru's sentences are English; what is shown to people is translated as it is
/// shown, by a table of pairs (language_table.h). What is in no pair stays English, and so does all that programs read.
namespace hotaru::cli {

enum class Language { english, japanese };

/// By LC_ALL, LC_MESSAGES and LANG, in this order, as POSIX has it.
Language language_of(const Environment& environment);

/// The sentence in that language; as it is where there is no translation.
std::string translated(Language language, const std::string& english);

}  // namespace hotaru::cli
