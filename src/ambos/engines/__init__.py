"""Shell: models that run at home: the llama.cpp child and the taggers."""
