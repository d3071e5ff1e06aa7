// SPDX-License-Identifier: Apache-2.0

package provisioning

import "strings"

// checkWords are 256 short English words that are hard to confuse when read out over a telephone.
var checkWords = strings.Fields(`
acorn actor album almond amber anchor anvil apple apron arch arrow atlas autumn avenue axle bakery
balcony bamboo banjo barley basket beacon beaver bench bicycle birch biscuit blanket blossom bonnet border bottle
branch bread bridge broom bucket buffalo butter button cabin cactus camel canal candle canoe canvas carpet
carrot castle cedar cello chalk cherry chimney circle clarinet clock clover coffee comet compass copper coral
cotton cradle cricket crystal cushion daisy dancer desert diamond dinner dolphin domino donkey dragon drawer drum
eagle easel echo elbow ember engine evening falcon farmer feather fiddle finger flame flute forest fossil
fountain garden garlic giraffe glacier glove goblet grape guitar hammer hammock harbour harvest hazel helmet hermit
hockey honey horizon igloo indigo island ivory jacket jasmine jelly jigsaw jungle juniper kayak kettle kitchen
kitten ladder lagoon lantern laurel lemon lettuce library lily linen lizard lobster locket magnet mango maple
marble market meadow melon meteor mirror mitten monkey mosaic mountain muffin museum mustard napkin needle nickel
nutmeg oak ocean olive onion orange orchard otter oyster paddle palace panda paper parrot pasture pebble
pencil pepper piano picnic pigeon pillow planet plum pocket poem pony poppy prairie pumpkin puppet puzzle
quartz quilt rabbit radish rainbow raven ribbon river robin rocket rooster ruby saddle saffron sailor salmon
sandal satin saucer scarf shadow shovel silver sketch sparrow spinach spoon squirrel stable statue summer sunset
swallow syrup table tailor teapot temple thunder ticket tiger timber toffee tomato torch tractor trumpet tulip
tunnel turnip turtle umbrella valley vanilla velvet village violet walnut whistle willow window winter yellow zebra
`)
