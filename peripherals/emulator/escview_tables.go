// SPDX-License-Identifier: Apache-2.0

package emulator

// morePages are pages that x/text does not have, as runs of code points in
// hexadecimal from 0x80 on; 0 is nothing. They were made with the iconv of the C
// library (720 with Python), not with the tables of our drivers.
var morePages = map[byte]string{
	13: "" + // CP857
		"c7 fc e9 e2 e4 e0 e5 e7 ea eb e8 ef ee 131 c4 c5 " +
		"c9 e6 c6 f4 f6 f2 fb f9 130 d6 dc f8 a3 d8 15e 15f " +
		"e1 ed f3 fa f1 d1 11e 11f bf ae ac bd bc a1 ab bb " +
		"2591 2592 2593 2502 2524 c1 c2 c0 a9 2563 2551 2557 255d a2 a5 2510 " +
		"2514 2534 252c 251c 2500 253c e3 c3 255a 2554 2569 2566 2560 2550 256c a4 " +
		"ba aa ca cb c8 0 cd ce cf 2518 250c 2588 2584 a6 cc 2580 " +
		"d3 df d4 d2 f5 d5 b5 0 d7 da db d9 ec ff af b4 " +
		"ad b1 0 be b6 a7 f7 b8 b0 a8 b7 b9 b3 b2 25a0 a0 ",
	14: "" + // CP737
		"391 392 393 394 395 396 397 398 399 39a 39b 39c 39d 39e 39f 3a0 " +
		"3a1 3a3 3a4 3a5 3a6 3a7 3a8 3a9 3b1 3b2 3b3 3b4 3b5 3b6 3b7 3b8 " +
		"3b9 3ba 3bb 3bc 3bd 3be 3bf 3c0 3c1 3c3 3c2 3c4 3c5 3c6 3c7 3c8 " +
		"2591 2592 2593 2502 2524 2561 2562 2556 2555 2563 2551 2557 255d 255c 255b 2510 " +
		"2514 2534 252c 251c 2500 253c 255e 255f 255a 2554 2569 2566 2560 2550 256c 2567 " +
		"2568 2564 2565 2559 2558 2552 2553 256b 256a 2518 250c 2588 2584 258c 2590 2580 " +
		"3c9 3ac 3ad 3ae 3ca 3af 3cc 3cd 3cb 3ce 386 388 389 38a 38c 38e " +
		"38f b1 2265 2264 3aa 3ab f7 2248 b0 2219 b7 221a 207f b2 25a0 a0 ",
	32: "" + // CP720
		"80 81 e9 e2 84 e0 86 e7 ea eb e8 ef ee 8d 8e 8f " +
		"90 651 652 f4 a4 640 fb f9 621 622 623 624 a3 625 626 627 " +
		"628 629 62a 62b 62c 62d 62e 62f 630 631 632 633 634 635 ab bb " +
		"2591 2592 2593 2502 2524 2561 2562 2556 2555 2563 2551 2557 255d 255c 255b 2510 " +
		"2514 2534 252c 251c 2500 253c 255e 255f 255a 2554 2569 2566 2560 2550 256c 2567 " +
		"2568 2564 2565 2559 2558 2552 2553 256b 256a 2518 250c 2588 2584 258c 2590 2580 " +
		"636 637 638 639 63a 641 b5 642 643 644 645 646 647 648 649 64a " +
		"2261 64b 64c 64d 64e 64f 650 2248 b0 2219 b7 221a 207f b2 25a0 a0 ",
	33: "" + // CP775
		"106 fc e9 101 e4 123 e5 107 142 113 156 157 12b 179 c4 c5 " +
		"c9 e6 c6 14d f6 122 a2 15a 15b d6 dc f8 a3 d8 d7 a4 " +
		"100 12a f3 17b 17c 17a 201d a6 a9 ae ac bd bc 141 ab bb " +
		"2591 2592 2593 2502 2524 104 10c 118 116 2563 2551 2557 255d 12e 160 2510 " +
		"2514 2534 252c 251c 2500 253c 172 16a 255a 2554 2569 2566 2560 2550 256c 17d " +
		"105 10d 119 117 12f 161 173 16b 17e 2518 250c 2588 2584 258c 2590 2580 " +
		"d3 df 14c 143 f5 d5 b5 144 136 137 13b 13c 146 112 145 2019 " +
		"ad b1 201c be b6 a7 f7 201e b0 2219 b7 b9 b3 b2 25a0 a0 ",
	37: "" + // CP864
		"b0 b7 2219 221a 2592 2500 2502 253c 2524 252c 251c 2534 2510 250c 2514 2518 " +
		"3b2 221e 3c6 b1 bd bc 2248 ab bb fef7 fef8 0 0 fefb fefc 0 " +
		"a0 ad fe82 a3 a4 fe84 0 0 fe8e fe8f fe95 fe99 60c fe9d fea1 fea5 " +
		"660 661 662 663 664 665 666 667 668 669 fed1 61b feb1 feb5 feb9 61f " +
		"a2 fe80 fe81 fe83 fe85 feca fe8b fe8d fe91 fe93 fe97 fe9b fe9f fea3 fea7 fea9 " +
		"feab fead feaf feb3 feb7 febb febf fec1 fec5 fecb fecf a6 ac f7 d7 fec9 " +
		"640 fed3 fed7 fedb fedf fee3 fee7 feeb feed feef fef3 febd fecc fece fecd fee1 " +
		"fe7d 651 fee5 fee9 feec fef0 fef2 fed0 fed5 fef5 fef6 fedd fed9 fef1 25a0 0 ",
	44: "" + // CP1125
		"410 411 412 413 414 415 416 417 418 419 41a 41b 41c 41d 41e 41f " +
		"420 421 422 423 424 425 426 427 428 429 42a 42b 42c 42d 42e 42f " +
		"430 431 432 433 434 435 436 437 438 439 43a 43b 43c 43d 43e 43f " +
		"2591 2592 2593 2502 2524 2561 2562 2556 2555 2563 2551 2557 255d 255c 255b 2510 " +
		"2514 2534 252c 251c 2500 253c 255e 255f 255a 2554 2569 2566 2560 2550 256c 2567 " +
		"2568 2564 2565 2559 2558 2552 2553 256b 256a 2518 250c 2588 2584 258c 2590 2580 " +
		"440 441 442 443 444 445 446 447 448 449 44a 44b 44c 44d 44e 44f " +
		"401 451 490 491 404 454 406 456 407 457 b7 221a 2116 a4 25a0 a0 ",
}
