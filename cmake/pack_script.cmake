# cmake -DFROM=SCRIPT -DTO=FILE -P: a shell script as a C++ string literal, without comments and the white space that a
# shell does not need: newlines too, for each costs an indentation in YAML. What it may not hold: these operators inside
# of quotes, a here-document before a closing word or with lines that begin in lower case.
file(READ ${FROM} text)
string(REGEX REPLACE "(^|\n)([ ]*#[^\n]*\n)+" "\\1" text "${text}")
string(REGEX REPLACE "\n[ \n]+" "\n" text "${text}")
string(REGEX REPLACE "[ ]*(\\|\\||&&|;;|;|\\|)[ ]+" "\\1" text "${text}")
string(REGEX REPLACE "\n([a-z*| ]+[)])\n" "\n\\1 " text "${text}")
string(REGEX REPLACE "[ \n]*;;[ \n]*esac" ";esac" text "${text}")
string(REGEX REPLACE "[ \n]*;;[ \n]*" ";;" text "${text}")
string(REGEX REPLACE "&\n(fi|done|esac|})" "& \\1" text "${text}")
string(REGEX REPLACE "\n(fi|done|esac|})" ";\\1" text "${text}")
string(REGEX REPLACE "(then|do|else| in|{)\n" "\\1 " text "${text}")
string(REGEX REPLACE "([a-z0-9)}\"'])\n([a-z$]|\\[ )" "\\1;\\2" text "${text}")
string(REGEX REPLACE "([])])\n([a-z$]|\\[ )" "\\1;\\2" text "${text}")
string(REGEX REPLACE "};([a-z]+[(])" "}\n\\1" text "${text}")
file(WRITE ${TO} "R\"~~(${text})~~\"")
