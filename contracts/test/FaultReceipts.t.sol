// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FaultProver} from "../src/FaultProver.sol";
import {Receipt} from "../src/FaultTypes.sol";
import {FaultsFixture} from "./support/FaultsFixture.sol";
import {VM} from "./support/Vm.sol";

/// Two receipts of a node for one challenge: proven whenever they name two commitments, and never otherwise.
contract FaultReceiptsTest is FaultsFixture {
    uint256 private constant NODE_KEY = 1;
    bytes32 private constant COMMITMENT_TYPEHASH =
        keccak256("Commitment(bytes32 nodeId,bytes32 challengeHash,bytes32 commitment)");
    bytes32 private constant OPENING_TYPEHASH =
        keccak256("Opening(bytes32 challengeHash,bytes32 commitment,bytes32 drawHash,bytes32 openingHash)");
    bytes32 private constant CHALLENGE = keccak256("challenge");

    bytes32 private _nodeId;

    function setUp() external {
        deploy(1_700_000_000, 1);
        _nodeId = _addNode(NODE_KEY);
    }

    function _addNode(uint256 key) private returns (bytes32) {
        (uint256 x, uint256 y) = VM.publicKeyP256(key);
        return registry.addNode(BOB, bytes32(x), bytes32(y));
    }

    function _sign(uint256 key, Receipt memory receipt, bytes32 challengeHash, bytes32 domain)
        private
        view
        returns (Receipt memory)
    {
        bytes32 structHash = receipt.opening
            ? keccak256(
                abi.encode(OPENING_TYPEHASH, challengeHash, receipt.commitment, receipt.drawHash, receipt.openingHash)
            )
            : keccak256(abi.encode(COMMITMENT_TYPEHASH, _nodeId, challengeHash, receipt.commitment));
        (receipt.r, receipt.s) = VM.signP256(key, sha256(abi.encodePacked(hex"1901", domain, structHash)));
        if (uint256(receipt.s) > P256_ORDER / 2) receipt.s = bytes32(P256_ORDER - uint256(receipt.s));
        return receipt;
    }

    function _receipt(bool opening, bytes32 commitment, bytes32 salt) private view returns (Receipt memory receipt) {
        (receipt.opening, receipt.commitment) = (opening, commitment);
        if (opening) {
            (receipt.drawHash, receipt.openingHash) = (keccak256(abi.encode(salt, 1)), keccak256(abi.encode(salt, 2)));
        }
        return _sign(NODE_KEY, receipt, CHALLENGE, registry.domainSeparator());
    }

    function _call(Receipt memory a, Receipt memory b) private view returns (bytes memory) {
        return abi.encodeCall(FaultProver.proveTwoReceipts, (_nodeId, CHALLENGE, a, b));
    }

    function _wrong(bool second) private pure returns (bytes memory) {
        return abi.encodeWithSelector(FaultProver.WrongReceipt.selector, second);
    }

    function test_Vectors() external {
        for (uint256 i = 0; i < 3; ++i) {
            string memory path = string.concat(".twoReceipts[", VM.toString(i), "]");
            same(_nodeId, word(string.concat(path, ".nodeId")), "node");
            bytes32 key = prover.receiptsKey(_nodeId, word(string.concat(path, ".challengeHash")));
            same(key, word(string.concat(path, ".faultKey")), "key");
            expectProven(data(string.concat(path, ".calldata")), 4, BOB, _nodeId, 200_000, key);
        }
    }

    function testFuzz_AnyTwo(bytes32 a, bytes32 b, bool openingA, bool openingB, bytes32 salt) external {
        VM.assume(a != b);
        bytes memory call = _call(_receipt(openingA, a, salt), _receipt(openingB, b, salt));
        expectProven(call, 4, BOB, _nodeId, 200_000, prover.receiptsKey(_nodeId, CHALLENGE));
    }

    /// What an honest node signs: a commitment, and an opening of the same one; perhaps each more than once.
    function testFuzz_OneCommitmentNever(bytes32 commitment, bool openingA, bool openingB, bytes32 saltA, bytes32 saltB)
        external
    {
        bytes memory call = _call(_receipt(openingA, commitment, saltA), _receipt(openingB, commitment, saltB));
        expectRefused(call, abi.encodeWithSelector(FaultProver.SameCommitment.selector, commitment));
    }

    /// Receipts for two challenges name two commitments: that is each day's work.
    function testFuzz_OtherChallengesNever(bytes32 a, bytes32 b, bytes32 other, bool opening) external {
        VM.assume(a != b && other != CHALLENGE);
        Receipt memory second = Receipt(opening, b, 0, 0, 0, 0);
        second = _sign(NODE_KEY, second, other, registry.domainSeparator());
        expectRefused(_call(_receipt(false, a, 0), second), _wrong(true));
        expectRefused(_call(second, _receipt(false, a, 0)), _wrong(false));
    }

    function testFuzz_OtherKeysNever(uint256 key, bool opening) external {
        key = between(key, 2, P256_ORDER - 1);
        Receipt memory forged = _sign(key, Receipt(opening, "b", 0, 0, 0, 0), CHALLENGE, registry.domainSeparator());
        expectRefused(_call(_receipt(false, "a", 0), forged), _wrong(true));
        expectRefused(_call(forged, _receipt(false, "a", 0)), _wrong(false));
    }

    function testFuzz_OtherDomainsNever(bytes32 domain, bool opening) external {
        VM.assume(domain != registry.domainSeparator());
        Receipt memory foreign = _sign(NODE_KEY, Receipt(opening, "b", 0, 0, 0, 0), CHALLENGE, domain);
        expectRefused(_call(_receipt(false, "a", 0), foreign), _wrong(true));
    }

    function testFuzz_HighSNever(bytes32 a, bytes32 b, bool opening) external {
        VM.assume(a != b);
        Receipt memory high = _receipt(opening, b, 0);
        high.s = bytes32(P256_ORDER - uint256(high.s));
        expectRefused(_call(_receipt(opening, a, 0), high), _wrong(true));
    }

    /// A receipt says what it says: neither its kind nor a field can be exchanged for another.
    function testFuzz_AlteredReceiptsNever(uint8 field, bytes32 salt, bool opening) external {
        VM.assume(salt != 0);
        Receipt memory altered = _receipt(opening, "b", 0);
        if (field % 5 == 0) altered.opening = !opening;
        if (field % 5 == 1) altered.commitment ^= salt;
        if (field % 5 == 2) altered.r ^= salt;
        if (field % 5 == 3) altered.s ^= salt;
        if (field % 5 == 4) (altered.opening, altered.drawHash) = (true, altered.drawHash ^ salt);
        VM.assume(altered.commitment != "a");
        expectRefused(_call(_receipt(false, "a", 0), altered), _wrong(true));
    }

    function test_NodesThatAreNone() external {
        bytes memory call = abi.encodeCall(
            FaultProver.proveTwoReceipts, ("nobody", CHALLENGE, _receipt(false, "a", 0), _receipt(false, "b", 0))
        );
        expectRefused(call, abi.encodeWithSelector(FaultProver.UnknownNode.selector, bytes32("nobody")));
        bytes32 other = _addNode(2);
        call = abi.encodeCall(
            FaultProver.proveTwoReceipts, (other, CHALLENGE, _receipt(true, "a", 0), _receipt(true, "b", 0))
        );
        expectRefused(call, _wrong(false));
    }

    /// A retired node's receipts still count: retirement comes after the deed.
    function test_RetiredNodes() external {
        registry.retire(_nodeId);
        bytes memory call = _call(_receipt(false, "a", 0), _receipt(true, "b", 0));
        expectProven(call, 4, BOB, _nodeId, 200_000, prover.receiptsKey(_nodeId, CHALLENGE));
    }
}
