/* READMEs as they are in the repository; the Makefile makes manual_texts.c of them. */
#ifndef CLI_MANUAL_TEXTS_H
#define CLI_MANUAL_TEXTS_H

extern const char manual_text_language[]; /* scenarios/README.md */
extern const char manual_text_trace[];    /* sim/trace/README.md */
extern const char manual_text_cluster[];  /* sim/net/config/README.md */

#endif
