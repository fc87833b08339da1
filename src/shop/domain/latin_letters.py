"""How Latin letters that Unicode does not decompose are spelled in ASCII.

Made by `python -m tools.latin_letters` from AnyAscii 0.3.3 and Unicode 14.0.0: do not edit by hand.

AnyAscii is used under the ISC License, Copyright (c) 2020-2025, Hunter WB <hunterwb.com>:

Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted,
provided that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
THIS SOFTWARE.
"""
# ruff: noqa: RUF001 (letters that look like others are what this is about)

from typing import Final

_SPELLINGS: Final = """
æae ðd øo þth đd ħh ıi ĸq łl ŋng œoe ŧt ƀb ƃb ƈc ƌd ƍz ƒf ƕhw ƙk ƚl ƛl ƞn ƣgh ƥp ƪsh ƫt ƭt ƴy ƶz ƺzh ƻdz ƾts
ƿw ǀc ǁx ǂqc ǃq ǝe ǥg ȝy ȡd ȣou ȥz ȴl ȵn ȶt ȷj ȸdb ȹqp ȼc ȿs ɀz ɇe ɉj ɋq ɍr ɏy ɐa ɑa ɒa ɓb ɔo ɕc ɖd ɗd ɘe əe
ɚer ɛe ɜe ɝer ɞo ɟj ɠg ɡg ɢg ɣg ɤu ɥy ɦh ɧh ɨi ɩi ɪi ɫl ɬl ɭl ɮlzh ɯw ɰw ɱm ɲn ɳn ɴn ɵo ɶoe ɷu ɸf ɹr ɺr ɻr ɼr
ɽr ɾr ɿi ʀr ʁr ʂs ʃsh ʄj ʅi ʆsh ʇt ʈt ʉu ʊu ʋv ʌa ʍw ʎy ʏy ʐz ʑz ʒzh ʓzh ʖx ʗq ʘpc ʙb ʚoe ʛg ʜh ʝj ʞk ʟl ʠq
ʣdz ʤdzh ʥdz ʦts ʧtsh ʨtc ʩfng ʪls ʫlz ʬww ʮy ʯy ᴀa ᴁae ᴂae ᴃb ᴄc ᴅd ᴆd ᴇe ᴈe ᴉi ᴊj ᴋk ᴌl ᴍm ᴎn ᴏo ᴐo ᴑo ᴒo ᴓo
ᴔoe ᴕou ᴖo ᴗo ᴘp ᴙr ᴚr ᴛt ᴜu ᴝu ᴞu ᴟw ᴠv ᴡw ᴢz ᴣzh ᵫue ᵬb ᵭd ᵮf ᵯm ᵰn ᵱp ᵲr ᵳr ᵴs ᵵt ᵶz ᵷg ᵹg ᵺth ᵻi ᵼi ᵽp ᵾu
ᵿu ᶀb ᶁd ᶂf ᶃg ᶄk ᶅl ᶆm ᶇn ᶈp ᶉr ᶊs ᶋsh ᶌv ᶍx ᶎz ᶏa ᶐa ᶑd ᶒe ᶓe ᶔe ᶕe ᶖi ᶗo ᶘsh ᶙu ᶚzh ẜs ẝs ẟd ỻll ỽv ỿy ↄc
ⱡl ⱥa ⱦt ⱨh ⱪk ⱬz ⱱv ⱳw ⱴv ⱶh ⱷo ⱸe ⱹr ⱺo ⱻe ꜧh ꜩtz ꜰf ꜱs ꜳaa ꜵao ꜷau ꜹav ꜻav ꜽay ꜿc ꝁk ꝃk ꝅk ꝇl ꝉl ꝋo ꝍo ꝏoo
ꝑp ꝓp ꝕp ꝗq ꝙq ꝛr ꝝr ꝟv ꝡvy ꝣz ꝥth ꝧth ꝩv ꝭs ꝱd ꝲl ꝳm ꝴn ꝵr ꝶr ꝷt ꝸs ꝺd ꝼf ꝿng ꞁll ꞃr ꞅs ꞇt ꞎl ꞑn ꞓc ꞔc ꞕh ꞗb
ꞙf ꞛae ꞝoe ꞟue ꞡg ꞣk ꞥn ꞧr ꞩs ꞯq ꞵb ꞷo ꞹu ꞻa ꞽi ꞿu ꟁo ꟃw ꟈd ꟊs ꟑg ꟓthth ꟕww ꟗs ꟙs ꟶh ꟷi ꟺw ꟻf ꟼp ꟽm ꟾi ꟿm ꬰa
ꬱae ꬲe ꬳe ꬴe ꬵf ꬶg ꬷl ꬸl ꬹl ꬺm ꬻn ꬼng ꬽo ꬾo ꬿo ꭀoe ꭁoe ꭂoe ꭃoo ꭄoo ꭅr ꭆr ꭇr ꭈrr ꭉr ꭊrr ꭋr ꭌr ꭍsh ꭎu ꭏu ꭐui ꭑui
ꭒu ꭓx ꭔx ꭕx ꭖx ꭗx ꭘx ꭙx ꭚy ꭠia ꭡie ꭢoe ꭣuo ꭤa ꭦdz ꭧts ꭨr 𝼀fng 𝼁g 𝼂g 𝼃k 𝼄l 𝼅lzh 𝼆y 𝼇ng 𝼈r 𝼉t 𝼊q 𝼋qc 𝼌qc 𝼍t 𝼎x
𝼏q 𝼐k 𝼑l 𝼒dzh 𝼓l 𝼔ng 𝼕r 𝼖r 𝼗tsh 𝼘zh 𝼙dzh 𝼚i 𝼛o 𝼜tsh 𝼝c 𝼞s
"""

LATIN_LETTERS: Final = {pair[0]: pair[1:] for pair in _SPELLINGS.split()}
"""Lower-case letters and their spellings."""
