/* The fonts, as they lie in viz/font (see the licence there), in the program itself. The path is
 * from the top of the sources, where make runs. */
#define EMBED(name, file)                                                                          \
    __asm__(".section .rodata\n"                                                                   \
            ".global " #name "\n"                                                                  \
            ".global " #name "_end\n"                                                              \
            ".balign 16\n" #name ":\n"                                                             \
            ".incbin \"" file "\"\n" #name "_end:\n"                                               \
            ".byte 0\n"                                                                            \
            ".previous\n")

EMBED(font_regular, "viz/render/font/DejaVuSans.ttf");
EMBED(font_bold, "viz/render/font/DejaVuSans-Bold.ttf");

/* ISO C wants a declaration at least. */
extern const unsigned char font_regular[];
