// session_data cookies as Better Auth 1.7.25 wrote them, with the token that they go with: one sign-up a form, with the
// secret of `recorded_secret`.
#pragma once

#include <cstdint>
#include <string_view>

namespace countersign::session {

struct RecordedSeal {
    std::string_view form, token, sealed;
};

inline constexpr std::string_view recorded_secret = "trace-secret-0123456789abcdefghijklmnopqrstuv";
inline constexpr std::string_view recorded_user = "ada@example.com";
inline constexpr std::int64_t recorded_at = 1795331917502;    // ms since 1970; all three within two seconds

inline constexpr RecordedSeal recorded_seals[]{
    {.form = "compact",
     .token = "oehj1vHz5opYnoBLokFDcSHEh2Ley3J8",
     .sealed = "eyJzZXNzaW9uIjp7InNlc3Npb24iOnsiZXhwaXJlc0F0IjoiMjAyNi0xMS0yOVQwNzoxODozNy41MDNaIiwidG9rZW4iOiJvZWhq"
               "MXZIejVvcFlub0JMb2tGRGNTSEVoMkxleTNKOCIsImNyZWF0ZWRBdCI6IjIwMjYtMTEtMjJUMDc6MTg6MzcuNTAzWiIsInVwZGF0"
               "ZWRBdCI6IjIwMjYtMTEtMjJUMDc6MTg6MzcuNTAzWiIsImlwQWRkcmVzcyI6IiIsInVzZXJBZ2VudCI6InRyYWNlLXJlY29yZGVy"
               "LzEiLCJ1c2VySWQiOiJPN2ZNQ1VWREY4WElmRGtEZlBhSVpMMGljZlNQYkx2TyIsImlkIjoiSDJGcnVrVEppT2hEVVVuVUlNQjh0"
               "d01vbmcza0ZPNXMifSwidXNlciI6eyJuYW1lIjoiQWRhIExvdmVsYWNlIiwiZW1haWwiOiJhZGFAZXhhbXBsZS5jb20iLCJlbWFp"
               "bFZlcmlmaWVkIjpmYWxzZSwiaW1hZ2UiOm51bGwsImNyZWF0ZWRBdCI6IjIwMjYtMTEtMjJUMDc6MTg6MzcuNTAyWiIsInVwZGF0"
               "ZWRBdCI6IjIwMjYtMTEtMjJUMDc6MTg6MzcuNTAyWiIsImlkIjoiTzdmTUNVVkRGOFhJZkRrRGZQYUlaTDBpY2ZTUGJMdk8ifSwi"
               "dXBkYXRlZEF0IjoxNzk1MzMxOTE3NTA0LCJ2ZXJzaW9uIjoiMSJ9LCJleHBpcmVzQXQiOjE3OTUzMzIyMTc1MDQsInNpZ25hdHVy"
               "ZSI6Ijh4MlVrY1hzMlY0dmJSTmozQXk0bXNJS2NqTEVjaFRaU1FmRFUzdTNVQ3cifQ"},
    {.form = "jwt",
     .token = "hoF801hh7Ql1W68wSSsJr7jh86p2WbnA",
     .sealed = "eyJhbGciOiJIUzI1NiJ9.eyJzZXNzaW9uIjp7ImV4cGlyZXNBdCI6IjIwMjYtMTEtMjlUMDc6MTg6MzguMDQzWiIsInRva2VuIjo"
               "iaG9GODAxaGg3UWwxVzY4d1NTc0pyN2poODZwMldibkEiLCJjcmVhdGVkQXQiOiIyMDI2LTExLTIyVDA3OjE4OjM4LjA0M1oiLCJ"
               "1cGRhdGVkQXQiOiIyMDI2LTExLTIyVDA3OjE4OjM4LjA0M1oiLCJpcEFkZHJlc3MiOiIiLCJ1c2VyQWdlbnQiOiJ0cmFjZS1yZWN"
               "vcmRlci8xIiwidXNlcklkIjoiUHZ0b3lRdTBWeUs0QzhueGgzcElqa3ZIUGpCSGJkZ3EiLCJpZCI6IlZvMVE5RmI2RmFBRTFENmN"
               "hRW1RRDFRZDFEZ2ZJUWlYIn0sInVzZXIiOnsibmFtZSI6IkFkYSBMb3ZlbGFjZSIsImVtYWlsIjoiYWRhQGV4YW1wbGUuY29tIiw"
               "iZW1haWxWZXJpZmllZCI6ZmFsc2UsImltYWdlIjpudWxsLCJjcmVhdGVkQXQiOiIyMDI2LTExLTIyVDA3OjE4OjM4LjA0MloiLCJ"
               "1cGRhdGVkQXQiOiIyMDI2LTExLTIyVDA3OjE4OjM4LjA0MloiLCJpZCI6IlB2dG95UXUwVnlLNEM4bnhoM3BJamt2SFBqQkhiZGd"
               "xIn0sInVwZGF0ZWRBdCI6MTc5NTMzMTkxODA0NCwidmVyc2lvbiI6IjEiLCJpYXQiOjE3OTUzMzE5MTgsImV4cCI6MTc5NTMzMjI"
               "xOH0.W2YHN7uiOt7J9JBnFKDlRx4FXcbD7P4xhg_rSgJaTzs"},
    {.form = "jwe",
     .token = "aR9id1bBdBEJetNGcxnLbLwN8AGWdf59",
     .sealed = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIiwia2lkIjoiWDNfWW1hSGFBanQzY3VENDktbXRpRFp2UU1DZk5Kd1Y0"
               "TzNIclJ6S1M5ZyJ9..7mGQEcEWb_oVxflKES1G1g.CaMJVbIKnICfWO_vi48QtRCOgxnbYOeTSplI-"
               "6JolcuqUNirWozmCiTJuuiozgB20lOpXIivJDcmClPtbAWJ7xnwz_tEymH0BLjDyC7i_ss4X2blgZHRyRYIqnDn8jxcydr_It9d_"
               "G8_HCz3uHSyDhKbw1LOpVkI7zgnF7aUE6Qu4nTmlMM6TGOO5iwZgUrDZIrPZFAprsmOATMrm4hHU4KJ39g7rjhCjEIZv9DHCxvB8"
               "wecfu7YoMq2YqyuSJHSvKD2ZrrJn-ziBzAdnKt8FJGOaexulqqodizXdctkM5lPRuCOQGpBefkO1ZS_Wtf8-"
               "P_bSPUSOG3QyKkFEdFsnudfu_g0hPpnF_MjFACC4_NAfGXBkOHRbYtD3eNwpdlu0ZgAJC0Pa_MZCn3CwaStTDyJlw40BneysvTrm"
               "Nz4tOILphCTc64UYA4NcgpGSwAdl_IBZ0zW7FRQfikwEVsVLPp8m73_Mbdblr0kIuKtNPXZfNzXVY7042tx0bgrCsp0LMf29tvtL"
               "Pt0Mb1VJN0lNu1WHOG-GpPcfFm0JatT8LYIVzNDt4wmQJv9KXUelx09Y-"
               "uGugj7V4B0wvKL_EefQVIubJa_1kKBXxd6eJXinsoFmnbY-"
               "8HbWG99gpBTXdIo84guaEL22KwBcceUiSlr3judv91ioqsNEC4t8ZMbOaCYJxOHsfDd9SC8s40PSK41Yh1a4vX8UQrGQ1GNbZAlu"
               "mCW6fGtL8H4KwomXuxXRbV3FeKievK_ekSLlwwWWK_g57U2udnoX8_JdKiHcoF-iq07fQK6nlLAL8S-"
               "zh4FsznjJXAKpxotVDiN1l0P6M-aEui02Sg3XbGqSpK5JHzw_A.Xd0mOvKb7WAmLjSirK2TuIbPY8buyBnSZQw0g4bioio"},
};

}    // namespace countersign::session
