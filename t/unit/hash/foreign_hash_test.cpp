// Hashes that other programs have made, each by the program itself.

#include "../hash_spies/legacy_hash_spy.h"
#include "hash/password_hash.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace auth {
namespace {

class foreign_hash : public testing::Test
{
protected:
    void SetUp() override { legacy_hash_spy::reset(); }
    void TearDown() override { legacy_hash_spy::reset(); }

    static void expect_right(const std::string& password,
                             const std::string& stored)
    {
        EXPECT_EQ(verify_password(password, stored), verdict::match) << stored;
        EXPECT_EQ(verify_password(password + "x", stored), verdict::mismatch)
            << stored;
        // HMAC fills keys up with NULs, so in PBKDF2 and scrypt that makes no
        // difference.
        if (stored.find("pbkdf2") == stored.npos &&
            stored.find("scrypt") == stored.npos) {
            EXPECT_EQ(verify_password(password + std::string(1, '\0'), stored),
                      verdict::mismatch)
                << stored;
        }
        EXPECT_EQ(why_unusable(stored), "");
        EXPECT_TRUE(needs_rehash(stored, {8, 1, 1})) << stored;
    }

    static void expect_unusable(const std::string& stored,
                                const std::string& why)
    {
        EXPECT_EQ(verify_password("hunter2", stored), verdict::unusable)
            << stored;
        EXPECT_EQ(why_unusable(stored), why) << stored;
    }

    /// Every cut of a hash, and what is not a hash with one character more.
    static void expect_whole(const std::string& stored)
    {
        for (std::size_t size = 0; size < stored.size(); ++size) {
            EXPECT_EQ(verify_password("x", stored.substr(0, size)),
                      verdict::unusable)
                << stored.substr(0, size);
        }
        for (const std::string tail : {"$", "a", "\n", "=", " ", "\xff"}) {
            EXPECT_EQ(verify_password("x", stored + tail), verdict::unusable)
                << stored + tail;
        }
        EXPECT_EQ(verify_password("x", stored + std::string(1, '\0')),
                  verdict::unusable);
    }
};

TEST_F(foreign_hash, of_werkzeug_with_any_digest)
{
    // Werkzeug 3.1.9, method "pbkdf2:md5:1000" and so on
    for (const std::string rest : {
             "md5:1000$n5T8GmOVvRJANUiZ$c6cf3f0cfcd3b5e0b39d22b373198833",
             "sha224:1000$EoZlZqmYwmeKhKaH$"
             "d1712dc60b67a92ed0915c5760465287466eee198f91f1d497cb16f9",
             "sha384:1000$HifG7JFlfbdsErmv$"
             "ff9ca14f94448f5fd2c996fe93616bf09e6ea3e68ffad5368eeaf4d77cf800eb"
             "ed23ca4155509477fb9cd9f28c858c7d",
             "sha3_224:1000$N6tXqzbYYtPL2JXw$"
             "6d620d0215cc8573f1da460ff6ca7c6dc3ab8db9877870fea5c659f3",
             "sha3_256:1000$c88plXU8TBMiQeef$"
             "d1faec9f7854dda22eb3ed7a57625e6f03b72a19286d4f8b709d861716da4b82",
             "sha3_384:1000$TUXw5QWkDqcrM7tn$"
             "78a62ca7d2dee6326e3752487612ab5b25c67596a92a0c68691d90f8cc834cb8"
             "7d2e79abd33824e9bf0a753659078158",
             "sha3_512:1000$EkX2IpwtHxuLNczR$"
             "05bb777d514e9415a1814d975353ba0079a67832a6816f302155c9c0f858d51e"
             "34a268e3953fdfe9b751cf96ac957e165b2d602f5e52ccc571c394b718a72fed",
             "sha512_256:1000$xbcP3AsPRG4Kt3sT$"
             "cbf1c086525aa01f9a650f370a3f4a1655fdcc2366aef3b6cc596a61e27d3aba",
             "blake2b:1000$J338lt4m49O35B5O$"
             "986f9afc60b585b48a168b8f1b7eec17629609fc7e8aa5a5a71e80e116e50481"
             "120f361a401e49e58a665973893d4d1a9ee35734a1fc483f4681964513e68ff1",
             "blake2s:1000$qKj3o6hCU2EKfCss$"
             "df30957b511b2af63288eddcfaa6e9caa8b4788f44339fb900c8c9fd628392de",
             "ripemd160:1000$gvZYkWHDI8CEsoEq$"
             "d65348b24360ad7b032c44aad26d418483d76d59",
             "sm3:1000$dR5DGKuvFb5rENd3$"
             "c43af060570e446509dfb42c245eacb02f1ec2491fdb92d1ae155f665df0f134",
         }) {
        expect_right("hunter2", "pbkdf2:" + rest);
    }
    // hashlib takes names in capitals, too.
    expect_right("hunter2", "pbkdf2:SHA224:1000$EoZlZqmYwmeKhKaH$d1712dc60b67a9"
                            "2ed0915c5760465287466eee198f91f1d497cb16f9");
}

TEST_F(foreign_hash, of_werkzeug_without_a_count)
{
    // _hash_internal() of Werkzeug 3.1.9
    expect_right("hunter2", "pbkdf2:sha256$0wcD8FlXiAW6IusS$fc9a9412478d0085d41"
                            "5e0ce214f07d8faf8fd6a8f9d25b9a79545f5bdc54d6d");
    EXPECT_EQ(verify_password("hunter2",
                              "pbkdf2$hhF2mDhC2VTLwkEm$4a49c24af1dd18410c2117f5"
                              "b75e6cf05e72d73e624abbe387a891c0b63a8fdb"),
              verdict::match);
    // Releases from 0.9 to 3.0
    for (const std::string key : {"78d8a7b9a76d8e1f100000f77ba636c9aa3f52ea",
                                  "08a8239059ed02016d00d9fbc0c4210ba64defcb",
                                  "c1fa32259763c4747b275b1aead29e221e6157d4",
                                  "a309ecc02a763eb157f517069c806392f9606d3c",
                                  "ef593c6b8b72a9138c0d8d59de3af694cfae3215"}) {
        const std::string stored = "pbkdf2:sha1$saltsalt$" + key;
        EXPECT_EQ(verify_password("hunter2", stored), verdict::match) << stored;
    }
    expect_right(
        "hunter2",
        "scrypt$8iIpCYmmf6KkxGTe$"
        "dd09b88230c28da6d34bb3167883cb2b6796a6ad06eb0a271307d33025e7b363"
        "679191f7081aa6796b3c92be65b36f560c63f4cbc3c8cb84c943c8a6a9d4928d");
}

TEST_F(foreign_hash, of_passlib)
{
    // passlib 1.7.4, pbkdf2_sha1, _sha256 and _sha512
    const std::string stored[] = {
        "$pbkdf2$1000$qzUmRAiB8N773xtDKMWYUw$3/HG0uP2TwMlVmJ1gIqPUn2O8tc",
        "$pbkdf2-sha256$1000$FkIIgRCCMIawlnJOKUXo/Q$"
        "pOM9/H8P7BHuOKtMkAI.aAqDJrpvArO/3P0.UgnHGJA",
        "$pbkdf2-sha512$1000$v9dai5HynnPu3XtPKQWAEA$"
        "9rUcCaNl0lzrHGKOXFMcH09vd7ZhHkbTFb9LeA9fGmHCxmm8ZGYnVpuiEHL.qV2tzm.4"
        "nt3UxEDTZBKonFogWA",
    };
    for (const std::string& hash : stored) {
        expect_right("hunter2", hash);
        expect_whole(hash);
    }
    const std::string malformed = "a malformed hash of kind passlib PBKDF2";
    const std::string key = "$FkIIgRCCMIawlnJOKUXo/Q$"
                            "pOM9/H8P7BHuOKtMkAI.aAqDJrpvArO/3P0.UgnHGJA";
    expect_unusable("$pbkdf2-sha256$0" + key, malformed);
    expect_unusable("$pbkdf2-sha256$01000" + key, malformed);
    expect_unusable("$pbkdf2-sha512$1000" + key, malformed);
    expect_unusable("$pbkdf2-$1000" + key, malformed);
    expect_unusable("$pbkdf2-sha256$1000$+A$" + key.substr(24), malformed);
    expect_unusable("$pbkdf2-sha256$5000001" + key,
                    "a hash of kind passlib PBKDF2 whose cost is too high");
    expect_unusable("$pbkdf2-sha256$1000$" + std::string(174, 'A') +
                        key.substr(23),
                    malformed);
}

TEST_F(foreign_hash, of_django)
{
    // Django 5.2, encode("hunter2", "seasalt", 1000)
    const std::string stored[] = {
        "pbkdf2_sha256$1000$seasalt$"
        "aZOLUDnbVq4qfmIhIFCkAqvDNHspRzj9l43SgVe7GOM=",
        "pbkdf2_sha1$1000$seasalt2$z9EhAuAzjy2hL+tmOH52AXeQj80=",
    };
    for (const std::string& hash : stored) {
        expect_right("hunter2", hash);
        expect_whole(hash);
    }
    expect_right("hunter2", "argon2$argon2id$v=19$m=256,t=2,p=2$"
                            "MUZBNXBHdHJQVzQyRTJSR0s1WXVWMw$"
                            "V11VF3zapAEU1Uoulc7df0UTbM+qhgyQKizjRjqHqFY");
    const std::string rest = "$seasalt$"
                             "aZOLUDnbVq4qfmIhIFCkAqvDNHspRzj9l43SgVe7GOM";
    const std::string malformed = "a malformed hash of kind Django PBKDF2";
    expect_unusable("pbkdf2_sha256$1000" + rest, malformed);
    expect_unusable("pbkdf2_sha256$1000" + rest + "==", malformed);
    expect_unusable("pbkdf2_sha1$1000" + rest + "=", malformed);
    expect_unusable("pbkdf2_$1000" + rest + "=", malformed);
    expect_unusable("pbkdf2_sha256$6000000" + rest + "=",
                    "a hash of kind Django PBKDF2 whose cost is too high");
    expect_unusable("argon2$argon2id$v=19$m=4194304,t=2,p=2$"
                    "MUZBNXBHdHJQVzQyRTJSR0s1WXVWMw$"
                    "V11VF3zapAEU1Uoulc7df0UTbM+qhgyQKizjRjqHqFY",
                    "a hash of kind Django Argon2 whose cost is too high");
    expect_unusable("argon2$2b$04$sHsilID9614d8tn4oe4YY.Xo9Ot.6LT4TxYwUH/LfRI/"
                    "iN5zOmpDK",
                    "a malformed hash of kind Django Argon2");
}

TEST_F(foreign_hash, of_crypt)
{
    const std::string stored[] = {
        // passlib 1.7.4
        "$5$3G0U0xmZIxq28jpX$/9Tkc1ebYql1wCEnRiQgTaQWMxRcVA2U5Kq8mwsl4j2",
        "$6$rounds=1234$emk4a3Js/CI5NkUi$"
        "1DHoDIbjv6kLqpV6APl4kts0nHlDdJ6bKFB87LBeamkV2tkTzPHvux2LtfO88e3rvHsemX"
        "/N49B6tLhP3KkR./",
        // mkpasswd 5.5.17
        "$5$rounds=1000$gTy4PQdN7tuoNLNr$"
        "Lr25akWVvxBTW4Z4vZnlmemquGJUi8WFrBl/4t6.vz0",
        "$6$HKvX8ywrGKlDyYEX$"
        "Hw7Y7qr3czCvqeXBG9eyrzpdz64kJkWvDQ9aHxpO8OY6QknTQyKcigkgteoAZnFQa.95gb"
        "zLSUwKhE1m5NMKO0",
        "$y$j75$E3gWRFvuzaNDDdAE3Z9/z.$"
        "Lh6hKFr91bPe.eD04ohDPUuuyWL0WkquveuRfAEtEV0",
        "$y$j9T$trRMWhH9u8VdjRZs29kcX.$"
        "m.0sxODDn4K3lcWpzAsLyxq6WRiX4qHOGFFK/F1gXM2",
        // htpasswd 2.4.71 -2 and -5
        "$5$OBpUXL0/ZmnhvECm$Uphxgi0E5yQ7C/Epp070wlx9SgAvs3DhSbY6Dh9Env.",
        "$6$R/sXUUwleB5D0h4I$"
        "t0ByRzlQuB69pyaLA/56Uea5ijHQ8ieIq5sJ3bdnT98tMninwCrpnchu0CvcI1zQLf20Fg"
        "PwfoDOh5BdvJVPA1",
    };
    for (const std::string& hash : stored) {
        expect_right("hunter2", hash);
        expect_whole(hash);
    }
}

TEST_F(foreign_hash, of_crypt_has_passwords_of_up_to_511_bytes)
{
    const std::string stored =
        "$6$rounds=1000$sJYwKaohdzz/cgPv$"
        "WyJZobzj6.zxaVz4tMj.vEIJTpLZh0a3g7vlKuqVFBj6hNCsSeWolrprlaF0VK9m2hbpV8"
        "YwIwEsNRbInlhse.";
    const std::string longest(511, 'x');
    EXPECT_EQ(verify_password(longest, stored), verdict::match);
    EXPECT_EQ(verify_password(longest + "x", stored), verdict::mismatch);
    EXPECT_EQ(verify_password(std::string(8000, 'x'), stored),
              verdict::mismatch);
    EXPECT_EQ(legacy_hash_spy::calls, 3) << "as long as any other";
    expect_right("", "$6$rounds=1000$I2YavxbyC/R1kZyq$"
                     "Ff25riq43LR1WWzg7S42Ef/4hnewW9hf/Y0yGu6pZ6XuNMBXAMKXTulzl"
                     "Kq41rlLEv5oKc6TEbB1EYP7p7ZUN1");
}

TEST_F(foreign_hash, of_crypt_is_capped_before_any_work)
{
    const std::string sha256 = std::string(43, 'a');
    const std::string sha512 = std::string(86, 'a');
    const std::string costly = " whose cost is too high";
    expect_unusable("$5$rounds=1000001$salt$" + sha256,
                    "a hash of kind SHA-256 crypt" + costly);
    expect_unusable("$6$rounds=999999999$salt$" + sha512,
                    "a hash of kind SHA-512 crypt" + costly);
    for (const std::string parameters : {"jET", "jFT", "jGT", "jzT", "jIU"}) {
        EXPECT_EQ(verify_password("x", "$y$" + parameters +
                                           "$trRMWhH9u8VdjRZs29kcX.$" + sha256),
                  verdict::unusable)
            << parameters;
    }
    expect_unusable("$y$jFT$trRMWhH9u8VdjRZs29kcX.$" + sha256,
                    "a hash of kind yescrypt" + costly);
    // With further parameters, or of another flavour.
    for (const std::string parameters :
         {"j9T.", "j9T/.", "j.T", "/9T", ".9T", "j9", "j", "", "j9zz", "jz"}) {
        expect_unusable("$y$" + parameters + "$trRMWhH9u8VdjRZs29kcX.$" +
                            sha256,
                        "a malformed hash of kind yescrypt");
    }
    for (const std::string rounds :
         {"rounds=999$", "rounds=01000$", "rounds=$", "rounds=1000",
          "rounds=-1$", "Rounds=1000$"}) {
        expect_unusable("$5$" + rounds + "salt$" + sha256,
                        "a malformed hash of kind SHA-256 crypt");
    }
    for (const std::string salt :
         {"", "12345678901234567", "sa:lt", "sa lt", "sa\nlt", "s\xc3\xa4lt"}) {
        expect_unusable("$6$" + salt + "$" + sha512,
                        "a malformed hash of kind SHA-512 crypt");
    }
    EXPECT_EQ(legacy_hash_spy::calls, 0);
}

TEST_F(foreign_hash, salts_of_yescrypt_that_are_accepted_can_be_computed)
{
    // One that libcrypt refuses would be a failure where it is a bad hash.
    const std::string hash = "$" + std::string(43, 'a');
    int computed = 0;
    for (std::size_t size = 0; size <= 90; ++size) {
        for (const char last : {'.', '/', '1', '2', 'D', 'E', 'z'}) {
            std::string salt(size, 'a');
            if (size > 0) {
                salt.back() = last;
            }
            verdict answer = verdict::match;
            EXPECT_NO_THROW(answer =
                                verify_password("x", "$y$j/5$" + salt + hash))
                << salt;
            computed += answer == verdict::mismatch ? 1 : 0;
        }
    }
    EXPECT_GT(computed, 86);
}

TEST_F(foreign_hash, of_htpasswd)
{
    const struct {
        std::string password, stored;
    } vectors[] = {
        // htpasswd 2.4.71 -m and -s
        {"hunter2", "$apr1$tVumiXwv$oe.vARaks1I.JZtLCqBBF0"},
        {"hunter2", "{SHA}87u9ZqY9S/F0eUBXjsPQEDUw4h0="},
        // passlib 1.7.4
        {"", "$apr1$Vz7ffC8B$CgrJqJUFGwOjgfPG/vh2b."},
        {std::string(8, 'x'), "$apr1$e656z97K$6ncaaimlIFv0AAkV5f97z0"},
        {std::string(16, 'x'), "$apr1$Lx8x8rZJ$exMTTVTLYsoWt8e4xwSos0"},
        {std::string(17, 'x'), "$apr1$vEk5LV.S$RgQF2E/S5P17S1CFo62j61"},
        {std::string(300, 'x'), "$apr1$qOMKJb0r$1WTlF/7Jf2hv86lqqdPHK."},
        {"p\xc3\xa4ssw\xc3\xb6rd", "$apr1$58LAmG.Y$Tm9L0UmEdQsve3Sv5DSMN."},
        {"hunter2", "{SSHA}lwXazNUaeqwvdkAZqa4QRLd4emTh/H+P"},
        {"hunter2", "{SSHA}d8vfwkfHj2NJcYX6j3me7tGoc//O2ZvT+h/DOOec0xoDwFgL"},
        // openssl passwd -apr1 of OpenSSL 3.0
        {std::string(17, 'x'), "$apr1$76LZQtxc$2BnH9..sORdlfrRQW3PZH/"},
    };
    for (const auto& vector : vectors) {
        expect_right(vector.password, vector.stored);
    }
    expect_whole("$apr1$tVumiXwv$oe.vARaks1I.JZtLCqBBF0");
    expect_whole("{SHA}87u9ZqY9S/F0eUBXjsPQEDUw4h0=");

    const std::string apr1 = "a malformed hash of kind htpasswd MD5 (apr1)";
    expect_unusable("$apr1$$oe.vARaks1I.JZtLCqBBF0", apr1);
    expect_unusable("$apr1$123456789$oe.vARaks1I.JZtLCqBBF0", apr1);
    expect_unusable("{SHA}" + std::string(26, 'A') + "==",
                    "a malformed hash of kind htpasswd SHA");
    expect_unusable("{SHA}" + std::string(27, 'A') + "=$",
                    "a malformed hash of kind htpasswd SHA");
    const std::string ssha = "a malformed hash of kind salted SHA (SSHA)";
    expect_unusable("{SSHA}87u9ZqY9S/F0eUBXjsPQEDUw4h0=", ssha);
    expect_unusable("{SSHA}" + std::string(116, 'A'), ssha);
    expect_unusable("{SSHA}" + std::string(1 << 20, 'A'), ssha);
}

TEST_F(foreign_hash, that_nobody_can_log_in_with_is_told_by_kind)
{
    const std::vector<std::pair<std::string, std::string>> kinds{
        {"scrypt$16384$seasalt$8$5$zdMmhlAmIQV9rCZa+0HQtHq0xxkG/U2zi3gKFI5/"
         "AmlbS"
         "orXip8ljVrQ7MQz2Z4zPXF7JKYGN3XqoJsDNShlaw==",
         "Django scrypt"},
        {"bcrypt_sha256$$2b$12$abc", "Django bcrypt_sha256"},
        {"bcrypt$$2b$12$abc", "Django bcrypt"},
        {"md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3", "salted MD5"},
        {"sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8",
         "salted SHA-1"},
        {"sha256$salt$" + std::string(64, '0'), "salted SHA-256"},
        {"$1$salt$qJH7.N4xYta3aEG/dfqo/0", "MD5 crypt"},
        {"$7$C6..../....SodiumChloride$kBGj9fHznVYFQMEn", "scrypt crypt"},
        {"$gy$j9T$salt$hash", "gost-yescrypt"},
        {"$2x$05$abc", "bcrypt 2x"},
        {"$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", "phpass"},
        {"{CRYPT}$6$salt$hash", "LDAP crypt"},
        {"{PBKDF2-SHA256}1000$Pgeg1HrP$abc", "LDAP PBKDF2"},
        {"{PKCS5S2}2ttbaw2hdM6Zs", "Atlassian PBKDF2"},
        {"{FSHP1|16|480000}du59751Tytm", "FSHP"},
        {"$scram$100000$5DznHEOI0fq$sha-1=abc", "passlib SCRAM"},
        {"plain$$password", "plain text"},
        {"DVRsORaDRrdHc", "DES crypt"},
        {"_J9..XXXXzZ1Wqjh5zhY", "BSDi crypt"},
        {"5f4dcc3b5aa765d61d8327deb882cf99", "plain MD5"},
        {"5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8", "plain SHA-1"},
        {std::string(64, 'a'), "plain SHA-256"},
        {std::string(128, 'a'), "plain SHA-512"},
    };
    for (const auto& [stored, kind] : kinds) {
        expect_unusable(stored,
                        "a hash of kind " + kind + ", which is not supported");
    }
    expect_unusable("", "empty");
    expect_unusable("!wjwCHfKXMIwOlNilskYy6LLVpzOExQFPxD2tGinz",
                    "locked: it begins with \"!\", which no hash does");
    for (const std::string stored :
         {"a password", "$", "$unknown$x$y", "5f4dcc3b", "\xff\xfe",
          "thirteen char", "DVRsORaDRrdH:", "_J9..XXXX zZ1Wqjh5zhY"}) {
        expect_unusable(stored, "no hash of a known kind");
    }
    expect_unusable("$2b$31$sHsilID9614d8tn4oe4YY.Xo9Ot.6LT4TxYwUH/LfRI/iN5zOmp"
                    "DK",
                    "a hash of kind bcrypt whose cost is too high");
    expect_unusable("scrypt:4194304:8:1$salt$" + std::string(128, 'a'),
                    "a hash of kind Werkzeug scrypt whose cost is too high");
    expect_unusable("$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$"
                    "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                    "a hash of kind Argon2id whose cost is too high");
    EXPECT_EQ(legacy_hash_spy::calls, 0);
}

} // namespace
} // namespace auth
