# ruff: noqa: E501  (markup is easier to read unbroken)
"""Pages in the layouts of offices' and small outlets' content systems, written for the tests; each is hard in another way."""

from __future__ import annotations

TITLE = "Seribu Guru Honorer Diangkat Menjadi PPPK di Kabupaten Sukamaju"
TEXT = (
    "Sukamaju - Bupati menyerahkan surat keputusan pengangkatan kepada seribu guru honorer di alun-alun kota, Selasa siang.",
    "Para guru itu lulus seleksi kompetensi yang digelar akhir tahun lalu, dan akan mulai bekerja pada awal bulan depan.",
    '"Kami menunggu delapan belas tahun untuk hari ini," kata seorang guru sekolah dasar yang datang bersama keluarganya.',
    "Kepala badan kepegawaian menyatakan bahwa gaji mereka telah dianggarkan penuh, termasuk tunjangan untuk daerah terpencil.",
    "Dewan perwakilan rakyat daerah meminta agar penempatan guru dilakukan secara adil di semua kecamatan kabupaten itu.",
)
P = "".join(f"<p>{each}</p>" for each in TEXT)
BR = "<br><br>".join(TEXT)
OTHERS = "".join(
    f"<li><a href='/baca/{n}'>Warga kecamatan nomor {n} memperbaiki jalan desa secara gotong royong</a> <small>0{n} Maret 2024</small></li>"
    for n in range(1, 7)
)
LONG = "Panen raya di lereng gunung berlangsung meriah karena harga cabai naik dan hujan turun teratur sejak awal tahun ini."
MENU = "<ul class='nav'><li><a href=/>Beranda</a></li><li><a href=/profil>Profil</a></li><li><a href=/ppid>PPID</a></li></ul>"

#: name → page; each shows TITLE, TEXT and 5 March 2024 14:20 WIB
OFFICES = {
    "joomla with an edit below": f"""<html lang="id-id"><head><title>{TITLE}</title></head><body class="site com_content view-article">{MENU}<div class="item-page" itemscope itemtype="https://schema.org/Article"><div class="page-header"><h2 itemprop="headline">{TITLE}</h2></div>
<dl class="article-info muted"><dt class="article-info-term">Detail</dt><dd class="createdby">Ditulis oleh <span itemprop="name">Super User</span></dd><dd class="category-name">Kategori: <a href=/berita>Berita</a></dd><dd class="published"><time datetime="2024-03-05T14:20:00+07:00" itemprop="datePublished">Dipublikasikan: 05 Maret 2024</time></dd>
<dd class="modified"><time datetime="2024-03-07T09:00:00+07:00" itemprop="dateModified">Diperbarui: 07 Maret 2024</time></dd><dd class="hits"><meta itemprop="interactionCount" content="UserPageVisits:311">Dilihat: 311</dd></dl><div itemprop="articleBody">{P}</div><ul class="pager pagenav"><li class="previous"><a href=/x rel=prev>Sebelumnya</a></li><li class="next"><a href=/y rel=next>Selanjutnya</a></li></ul></div></body></html>""",
    "drupal": f"""<html lang="id" prefix="schema: http://schema.org/"><head><title>{TITLE} | Pemerintah Kabupaten Sukamaju</title><meta name="Generator" content="Drupal 9"></head><body>{MENU}<main role="main"><article data-history-node-id="71" class="node node--type-berita node--view-mode-full"><h1 class="page-header"><span property="schema:name">{TITLE}</span></h1>
<footer class="node__meta"><div class="node__submitted">Dikirim oleh <span>humas</span> pada Sel, 05/03/2024 - 14:20</div></footer><div class="node__content clearfix"><div class="field field--name-field-image"><img src=a.jpg alt="x"></div><div class="clearfix text-formatted field field--name-body field--type-text-with-summary field__item">{P}</div><section class="field field--name-field-komentar"><h2>Tambahkan komentar baru</h2></section></div></article></main></body></html>""",
    "liferay": f"""<html><head><title>{TITLE} - Portal Sukamaju</title></head><body><div id="wrapper"><header><h1 class="site-title"><a href=/>Portal Sukamaju</a></h1></header><section class="portlet" id="portlet_com_liferay_journal"><div class="portlet-content"><div class="asset-full-content" data-fragments-editor-item-id="1"><div class="autofit-row"><h3 class="component-title">{TITLE}</h3></div>
<div class="asset-content"><div class="journal-content-article" data-analytics-asset-id="71"><div class="tanggal-berita">5 Mar 2024 14:20</div>{P}</div></div><div class="asset-links">Terkait<ul>{OTHERS}</ul></div></div></div></section></div></body></html>""",
    "sharepoint with zero-width spaces": f"""<html><head><title>{TITLE}</title></head><body><form id="aspnetForm"><div id="s4-workspace"><span class="ms-core-pageTitle"><h1>{TITLE}</h1></span><div class="tgl">Selasa, 5 Maret 2024 14:20</div><div class="ms-rtestate-field">{"".join(f"<div>&#8203;{each}&#8203;</div><div>&#8203;</div>" for each in TEXT)}</div></div></form></body></html>""",
    "codeigniter with the sidebar first": f"""<html><head><title>Berita | Dinas Pendidikan Sukamaju</title></head><body>{MENU}<div class="row"><div class="col-md-4"><h4>Berita Terbaru</h4><ul>{OTHERS}</ul></div><div class="col-md-8"><div class="blog-item"><h3>{TITLE}</h3><ul class="blog-meta"><li><i class="fa fa-user"></i> Admin</li><li><i class="fa fa-calendar"></i> 05 Mar 2024 14:20</li><li><i class="fa fa-eye"></i> 1.204 kali</li></ul>
<div style="text-align:justify">{P}</div></div></div></div></body></html>""",
    "old server pages": f"""<HTML><HEAD><TITLE>::: SITUS RESMI PEMKAB SUKAMAJU :::</TITLE></HEAD><BODY BGCOLOR=#FFFFFF><TABLE WIDTH=780><TR><TD VALIGN=top><FONT SIZE=1><A HREF=a.asp>Profil</A><BR><A HREF=b.asp>Berita</A></FONT></TD><TD><P><B>{TITLE}</B><BR><FONT SIZE=1>Selasa, 05/03/2024 14.20 WIB</FONT></P>
{"".join(f"<P ALIGN=justify><FONT FACE=Arial>{each}</FONT>" for each in TEXT)}</TD></TR></TABLE></BODY></HTML>""",
    "the office's name is the top heading": f"""<html><head><title>Pemerintah Kabupaten Sukamaju</title><meta property="og:title" content="{TITLE}"></head><body><header><h1>Pemerintah Kabupaten Sukamaju</h1></header><div class="konten"><h2>{TITLE}</h2><p class="meta">Oleh Diskominfo | Selasa, 05 Maret 2024 - 14:20 WIB</p><div class="uraian">{P}</div></div></body></html>""",
    "break tags and hard spaces": f"""<html><head><title>{TITLE}</title></head><body><div id="isi"><h1>{TITLE}</h1><small>05-03-2024 14:20:11 WIB</small><div>&nbsp;&nbsp;&nbsp;{"<br />&nbsp;<br />&nbsp;&nbsp;".join(TEXT)}<br>&nbsp;</div></div></body></html>""",
    "custom elements": f"""<html><head><title>{TITLE}</title></head><body><app-root><app-header>{MENU}</app-header><app-detail><h1>{TITLE}</h1><app-meta><span>Selasa, 5 Maret 2024</span> <span>14:20 WIB</span></app-meta><app-teks>{P}</app-teks></app-detail><app-lain><ul>{OTHERS}</ul></app-lain></app-root></body></html>""",
    "frame of a lightbox and a form": f"""<html><head><title>{TITLE} – BKPSDM</title></head><body><div class="modal fade" id="cari"><form><p>Masukkan kata kunci yang Anda cari di situs badan kepegawaian ini lalu tekan tombol cari di bawah.</p></form></div><section id="single"><h1>{TITLE}</h1><div class="post-info">Selasa, 5 Mar 2024, 14:20 WIB</div><div class="post-text">{P}<form class="survei"><p>Bagaimana menurut Anda layanan kami? Isilah survei kepuasan masyarakat berikut ini dengan jujur.</p></form></div></section></body></html>""",
    "comments of readers": f"""<html><head><title>{TITLE}</title></head><body><div class="single"><h1>{TITLE}</h1><span class="tanggal">5 Maret 2024 14:20 WIB</span><div class="kontenberita">{P}</div><div id="comments"><h3>3 Komentar</h3><ol class="commentlist">{"".join(f"<li><p>Selamat kepada bapak dan ibu guru semua, semoga amanah dan tetap semangat mengajar nomor {n}.</p><time datetime='2024-03-06T0{n}:00:00+07:00'>6 Maret 2024</time></li>" for n in range(1, 4))}</ol></div></div></body></html>""",
    "an old code page": f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1252"><title>{TITLE}</title></head><body><h1>{TITLE}</h1><i>Selasa, 5 Maret 2024 14:20 WIB</i><div class=x>{P}</div></body></html>""",
    "the clock of today above": f"""<html><head><title>{TITLE}</title></head><body><div class="topbar"><span id="jam">Selasa, 24 November 2026 | 07:41:12 WIB</span></div><marquee>Selamat datang di situs resmi kami</marquee>{MENU}<article><h1>{TITLE}</h1><div class="waktu">5 Maret 2024 14:20 WIB</div>{P}</article></body></html>""",
    "the edit stands first": f"""<html><head><title>{TITLE}</title></head><body><article><h1>{TITLE}</h1><div>Diperbarui: 6 Maret 2024 09:00 WIB</div><div>Diterbitkan: 5 Maret 2024 14:20 WIB</div><div class="teks-isi">{P}</div></article></body></html>""",
    "central time": f"""<html><head><title>{TITLE}</title></head><body><article><h1>{TITLE}</h1><div>Selasa, 5 Maret 2024 | 15.20 Wita</div><div>{P}</div></article></body></html>""",
    "english": f"""<html lang="en"><head><title>{TITLE}</title></head><body><article><h1>{TITLE}</h1><div>Published on Tuesday, March 5, 2024 at 2:20 pm</div><div>{P}</div></article></body></html>""",
    "a list within the text": f"""<html><head><title>{TITLE}</title></head><body><article><h1>{TITLE}</h1><div>5 Maret 2024, pukul 14.20 WIB</div><div class="siaran"><p>{TEXT[0]}</p><p>{TEXT[1]}</p><ol>{"".join(f"<li>{each}</li>" for each in TEXT[2:])}</ol></div><p class="unduh"><a href=/a.pdf>Unduh siaran pers</a></p></article></body></html>""",
    "a floating box in the text": f"""<html><head><title>{TITLE}</title></head><body><div class="utama"><h1>{TITLE}</h1><div>05/03/2024 14:20</div><div class="lembar"><p>{TEXT[0]}</p><div class="kotak-kanan"><b>Berita Lain</b><ul>{OTHERS}</ul></div>{"".join(f"<p>{each}</p>" for each in TEXT[1:])}</div></div></body></html>""",
}
