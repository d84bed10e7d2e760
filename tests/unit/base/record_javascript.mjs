// What Node makes of numbers and of URLs: node record_javascript.mjs >javascript.golden
const numbers = [0, -0, 1, -1, 0.1, 0.2 + 0.1, 1.5, 100, 123456789.125, 1e20, 1e21, 123456789012345680000, 1.2345e21, 1e-6, 1.5e-6, 1e-7, 1.25e-7, 5e-324,
  1.7976931348623157e308, -2.5e-10, 4.35, 0.000001, 9007199254740993.5, 1e300 / 3]
for (const number of numbers) console.log(['number', number.toExponential(), JSON.stringify(number)].join(' '))
const hosts = ['a.example', 'A.Example', 'a', 'a-b_c.example', 'xn--bcher-kva.example', '127.0.0.1', '127.1', '0x7f.0.0.1', '0x7f000001', '2130706433', '256.1.1.1', '1.2.3',
  '1.2.3.4.5', '01.2.3.4', '1.2.3.04', '1.2.3.4.', 'a..b', '.a', 'a.', 'a.1', 'a.0x1', 'a.0x', '1.a', '08', 'a.1e1', '[::1]', '[::]', '[1:2:3:4:5:6:7:8]', '[1:0:0:4:0:0:0:8]',
  '[1:0:3:4:5:6:7:8]', '[0001:0DB8::A]', '[::ffff:1.2.3.4]', '[::1.2.3.4]', '[1::]', '[:::::]', '[1::2::3]', '[::1%25lo]', '[]', '[1.2.3.4]', '[::12345]', '[fe80::1%lo]', 'a%2eb', 'a%b', 'a|b', 'a^b']
for (const host of hosts) {
  for (const rest of ['', ':80', ':8080', ':', ':0', ':65536', ':08080', '/p', '?q']) {
    const url = `https://${host}${rest}`
    let origin = 'refused'
    try { origin = new URL(url).origin } catch { /* refused */ }
    console.log(['url', url, origin].join(' '))
  }
}
