# cmake -DFROM=SCRIPT -DTO=FILE -P: a shell script as a C++ string literal, without comment lines and indentation.
file(READ ${FROM} text)
string(REGEX REPLACE "(^|\n)([ ]*#[^\n]*\n)+" "\\1" text "${text}")
string(REGEX REPLACE "\n[ \n]+" "\n" text "${text}")
file(WRITE ${TO} "R\"~~(${text})~~\"")
