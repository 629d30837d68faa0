# Writes the bytes of INPUT to OUTPUT as a list of numbers, for #include in an array: cmake -DINPUT= -DOUTPUT= -P.
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
file(WRITE ${OUTPUT} "${bytes}\n")
