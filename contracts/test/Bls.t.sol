// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Drand} from "../src/bls/Drand.sol";
import {HashToG1} from "../src/bls/HashToG1.sol";
import {
    BLS12_G1ADD,
    BLS12_MAP_FP_TO_G1,
    BLS12_PAIRING_CHECK,
    MODEXP,
    PrecompileFailed,
    PrecompileMissing
} from "../src/bls/Precompiles.sol";
import {Vectors} from "./support/Vectors.sol";
import {VM} from "./support/Vm.sol";
import {VMX} from "./support/VmMore.sol";

/// Reverts of library code have to come from a call.
contract Beacon {
    function verify(bytes memory key, uint64 round, bytes memory signature) external view returns (bool) {
        return Drand.verify(key, round, signature);
    }

    function requireKey(bytes memory key) external view {
        Drand.requireKey(key);
    }
}

/// The beacon's check against quicknet's real rounds, and against noble's for a key of our own.
contract BlsTest is Vectors {
    bytes private constant FIELD_PRIME =
        hex"1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";
    Beacon private _beacon;
    // what fuzz tests read: a file is too slow for every run
    bytes private _quicknet;
    bytes private _point;
    uint64 private _roundNumber;
    bytes[] private _points;
    bytes[] private _compressed;

    function setUp() external {
        load("test/vectors/faults.json");
        _beacon = new Beacon();
        _quicknet = _key(0);
        _point = data(string.concat(_round(0, 3), ".point"));
        _roundNumber = uint64(number(string.concat(_round(0, 3), ".round")));
        for (uint256 i = 0; i < 8; ++i) {
            _points.push(data(string.concat(_round(i % 2, i / 2), ".point")));
            _compressed.push(data(string.concat(_round(i % 2, i / 2), ".signature")));
        }
    }

    function _chain(uint256 chain) private pure returns (string memory) {
        return string.concat(".drand[", VM.toString(chain), "]");
    }

    function _round(uint256 chain, uint256 i) private pure returns (string memory) {
        return string.concat(_chain(chain), ".rounds[", VM.toString(i), "]");
    }

    function _key(uint256 chain) private view returns (bytes memory) {
        return abi.encodePacked(words(string.concat(_chain(chain), ".keyWords")));
    }

    function test_RoundsVerifyAndGiveTheirRandomness() external view {
        for (uint256 chain = 0; chain < 2; ++chain) {
            uint256 count = number(string.concat(_chain(chain), ".count"));
            yes(count > 3, "has rounds");
            for (uint256 i = 0; i < count; ++i) {
                string memory path = _round(chain, i);
                uint64 round = uint64(number(string.concat(path, ".round")));
                bytes memory point = data(string.concat(path, ".point"));
                yes(Drand.verify(_key(chain), round, point), path);
                same(Drand.randomness(point), word(string.concat(path, ".randomness")), path);
                bytes memory compressed = data(string.concat(path, ".signature"));
                same(keccak256(Drand.compressG1(point)), keccak256(compressed), path);
                bytes memory hashed = HashToG1.hashToG1(sha256(abi.encodePacked(round)));
                same(keccak256(hashed), keccak256(data(string.concat(path, ".messagePoint"))), path);
            }
        }
    }

    /// Among the rounds are both signs of y, so that the flag is tested both ways.
    function test_BothSignsOfYAreAmongTheRounds() external view {
        uint256 larger;
        uint256 count = number(".drand[0].count");
        for (uint256 i = 0; i < count; ++i) {
            bytes memory compressed = data(string.concat(_round(0, i), ".signature"));
            if (compressed[0] & 0x20 != 0) ++larger;
        }
        count += number(".drand[1].count");
        for (uint256 i = 0; i < number(".drand[1].count"); ++i) {
            bytes memory compressed = data(string.concat(_round(1, i), ".signature"));
            if (compressed[0] & 0x20 != 0) ++larger;
        }
        yes(larger > 0 && larger < count, "both");
    }

    function test_KeysAreCompressedAsPoliciesNameThem() external view {
        for (uint256 chain = 0; chain < 2; ++chain) {
            same(Drand.keyText(_key(chain)), text(string.concat(_chain(chain), ".publicKey")), "key");
        }
    }

    function testFuzz_NoOtherRound(uint64 round) external view {
        no(round != _roundNumber && Drand.verify(_quicknet, round, _point), "another round's signature");
    }

    function test_NoOtherKey() external view {
        no(Drand.verify(_key(1), 1, data(".drand[0].rounds[0].point")), "other chain");
        no(Drand.verify(_key(0), 1, data(".drand[1].rounds[0].point")), "other chain");
    }

    /// The negated point is in the group, and no signature.
    function test_TheNegatedSignatureIsNone() external view {
        bytes memory point = data(".drand[0].rounds[0].point");
        no(Drand.verify(_key(0), 1, _negated(point)), "-S");
    }

    /// Compression's sign bit by the other sign: exactly that bit differs.
    function testFuzz_SignBit(uint8 which) external view {
        bytes memory compressed = _compressed[which % 8];
        compressed[0] ^= 0x20;
        same(keccak256(Drand.compressG1(_negated(_points[which % 8]))), keccak256(compressed), "the other sign");
    }

    /// The sign bit says whether y is above (p - 1) / 2: at that very value it isn't, one above it is. Points need not be on the curve.
    function test_SignBitAtTheMiddle() external pure {
        uint256 high = 0x0d0088f51cbff34d258dd3db21a5d66b;
        uint256 low = 0xb23ba5c279c2895fb39869507b587b120f55ffff58a9ffffdcff7fffffffd555;
        _expectSign(high, low, 0x80);
        _expectSign(high, low + 1, 0xa0);
        _expectSign(high - 1, type(uint256).max, 0x80);
        _expectSign(high + 1, 0, 0xa0);
    }

    function _expectSign(uint256 high, uint256 low, bytes1 flags) private pure {
        same(Drand.compressG1(abi.encode(0, 1, high, low))[0], flags, "G1");
        // on G2 the first coefficient decides, unless it is zero
        same(Drand.compressG2(abi.encode(0, 1, 0, 1, 0, 1, high, low))[0], flags, "G2, c1");
        same(Drand.compressG2(abi.encode(0, 1, 0, 1, high, low, 0, 0))[0], flags, "G2, c0");
    }

    function test_TheEmptySignatureIsNone() external view {
        no(Drand.verify(_key(0), 1, new bytes(128)), "infinity");
    }

    function testFuzz_OtherPointsAreRefused(uint8 place, uint8 flip) external {
        bytes memory point = _point;
        point[place % 128] ^= bytes1(uint8(between(flip, 1, 255)));
        VM.expectRevert(abi.encodeWithSelector(PrecompileFailed.selector, BLS12_PAIRING_CHECK));
        _beacon.verify(_quicknet, _roundNumber, point);
    }

    function test_CoordinatesAboveThePrimeAreRefused() external {
        bytes memory point = data(".drand[0].rounds[0].point");
        // y + p is the same residue; it would have another compressed form
        uint256 carry;
        for (uint256 i = 48; i > 0; --i) {
            uint256 sum = uint8(point[79 + i]) + uint256(uint8(FIELD_PRIME[i - 1])) + carry;
            point[79 + i] = bytes1(uint8(sum));
            carry = sum >> 8;
        }
        point[79] = bytes1(uint8(carry));
        VM.expectRevert(abi.encodeWithSelector(PrecompileFailed.selector, BLS12_PAIRING_CHECK));
        _beacon.verify(_key(0), 1, point);
    }

    function testFuzz_WrongLengthsAreRefused(uint16 length) external {
        uint256 wrong = length % 1000 == 128 ? 129 : length % 1000;
        VM.expectRevert(abi.encodeWithSelector(Drand.WrongSignatureLength.selector, wrong));
        _beacon.verify(_quicknet, 1, new bytes(wrong));
    }

    function test_BadKeysAreRefused() external {
        VM.expectRevert(abi.encodeWithSelector(Drand.KeyAtInfinity.selector));
        _beacon.requireKey(new bytes(256));
        VM.expectRevert(abi.encodeWithSelector(Drand.WrongKeyLength.selector, 255));
        _beacon.requireKey(new bytes(255));
        bytes memory key = _key(0);
        key[63] ^= 0x01;
        VM.expectRevert(abi.encodeWithSelector(PrecompileFailed.selector, BLS12_PAIRING_CHECK));
        _beacon.requireKey(key);
        _beacon.requireKey(_key(0));
        _beacon.requireKey(_key(1));
    }

    /// Where a precompile is missing, a call to its address succeeds and returns nothing: nothing is accepted then.
    function test_MissingPrecompilesAreSaid() external {
        address[4] memory precompiles = [MODEXP, BLS12_MAP_FP_TO_G1, BLS12_G1ADD, BLS12_PAIRING_CHECK];
        for (uint256 i = 0; i < precompiles.length; ++i) {
            VMX.mockCall(precompiles[i], "", "");
            bytes memory expected = abi.encodeWithSelector(PrecompileMissing.selector, precompiles[i]);
            VM.expectRevert(expected);
            _beacon.verify(_key(0), 1, data(".drand[0].rounds[0].point"));
            VM.expectRevert(expected);
            _beacon.requireKey(_key(0));
            VMX.clearMockedCalls();
        }
        yes(_beacon.verify(_key(0), 1, data(".drand[0].rounds[0].point")), "and there it verifies");
    }

    /// @dev y becomes p - y.
    function _negated(bytes memory point) private pure returns (bytes memory) {
        uint256 borrow;
        for (uint256 i = 48; i > 0; --i) {
            uint256 place = 79 + i;
            uint256 have = uint8(FIELD_PRIME[i - 1]);
            uint256 take = uint8(point[place]) + borrow;
            borrow = have < take ? 1 : 0;
            point[place] = bytes1(uint8(have + 256 * borrow - take));
        }
        return point;
    }
}
