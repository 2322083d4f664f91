// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EpochReport, Summary} from "../src/Types.sol";
import {RegistryTest} from "./support/RegistryTest.sol";
import {VM} from "./support/Vm.sol";

/// Inclusion proofs against posted roots: golden trees of OpenZeppelin's library, and what must not verify.
contract ProofsTest is RegistryTest {
    bytes32 private constant SECRET = keccak256("secret");

    /// @dev Posts a report by `validator` for `epoch` (at least 2) with these roots.
    function _post(address validator, uint64 epoch, bytes32 auditRoot, bytes32 summaryRoot)
        private
        returns (EpochReport memory report)
    {
        VM.prank(validator);
        registry.registerValidator(VM.addr(SIGNER_KEY), seedAt(SECRET, 100, 0), "https://v.example");
        goTo(epoch + 1);
        report = reportOf(validator, epoch, seedAt(SECRET, 100, epoch - 1));
        (report.auditRoot, report.summaryRoot) = (auditRoot, summaryRoot);
        post(report);
    }

    function test_GoldenAuditTrees() external {
        string memory json = VM.readFile("test/vectors/merkle.json");
        uint256 trees = VM.parseJsonUint(json, ".trees");
        for (uint256 t = 0; t < trees; ++t) {
            string memory tree = string.concat(".audit[", VM.toString(t), "]");
            setUp();
            address validator = VM.parseJsonAddress(json, string.concat(tree, ".validator"));
            uint64 epoch = uint64(VM.parseJsonUint(json, string.concat(tree, ".epoch")));
            EpochReport memory report =
                _post(validator, epoch, VM.parseJsonBytes32(json, string.concat(tree, ".root")), 0);
            uint256 count = VM.parseJsonUint(json, string.concat(tree, ".count"));
            for (uint256 i = 0; i < count; ++i) {
                _checkAudit(json, string.concat(tree, ".leaves[", VM.toString(i), "]"), report);
            }
        }
    }

    function test_GoldenSummaryTrees() external {
        string memory json = VM.readFile("test/vectors/merkle.json");
        uint256 trees = VM.parseJsonUint(json, ".trees");
        for (uint256 t = 0; t < trees; ++t) {
            string memory tree = string.concat(".summary[", VM.toString(t), "]");
            setUp();
            address validator = VM.parseJsonAddress(json, string.concat(tree, ".validator"));
            uint64 epoch = uint64(VM.parseJsonUint(json, string.concat(tree, ".epoch")));
            EpochReport memory report =
                _post(validator, epoch, 0, VM.parseJsonBytes32(json, string.concat(tree, ".root")));
            uint256 count = VM.parseJsonUint(json, string.concat(tree, ".count"));
            for (uint256 i = 0; i < count; ++i) {
                _checkSummary(json, string.concat(tree, ".leaves[", VM.toString(i), "]"), report);
            }
        }
    }

    /// In a tree of two, each leaf verifies with its own values only.
    function testFuzz_AuditsVerifyWithTheirOwnValuesOnly(
        uint32 slot,
        uint32 draw,
        bytes32 recordHash,
        bytes32 sibling,
        uint8 what
    ) external {
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(uint64(4), ALICE, slot, draw, recordHash))));
        EpochReport memory report = _post(ALICE, 4, _pair(leaf, sibling), 0);
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = sibling;
        yes(registry.verifyAudit(report, slot, draw, recordHash, proof), "own values");
        unchecked {
            no(registry.verifyAudit(report, slot + 1, draw, recordHash, proof), "slot");
            no(registry.verifyAudit(report, slot, draw + 1, recordHash, proof), "draw");
        }
        no(registry.verifyAudit(report, slot, draw, ~recordHash, proof), "record");
        no(registry.verifyAudit(report, slot, draw, recordHash, new bytes32[](0)), "no proof");
        proof[0] = bytes32(uint256(sibling) ^ (1 << what));
        no(registry.verifyAudit(report, slot, draw, recordHash, proof), "sibling");
    }

    /// A report that differs from the posted one in any field proves nothing, whatever its own tree holds.
    function testFuzz_OnlyThePostedReportProves(uint32 slot, uint32 draw, bytes32 recordHash, uint8 field) external {
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(uint64(4), ALICE, slot, draw, recordHash))));
        EpochReport memory posted = _post(ALICE, 4, keccak256("another tree"), 0);
        bytes32[] memory proof = new bytes32[](0);
        EpochReport memory forged = abi.decode(abi.encode(posted), (EpochReport));
        forged.auditRoot = leaf;
        no(registry.verifyAudit(forged, slot, draw, recordHash, proof), "another root");
        setUp();
        posted = _post(ALICE, 4, leaf, 0);
        yes(registry.verifyAudit(posted, slot, draw, recordHash, proof), "a tree of one");
        no(registry.verifyAudit(_changed(posted, field), slot, draw, recordHash, proof), "changed field");
    }

    function testFuzz_SummariesVerifyWithTheirOwnValuesOnly(Summary memory summary, bytes32 sibling) external {
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(uint64(4), ALICE, summary))));
        EpochReport memory report = _post(ALICE, 4, 0, _pair(leaf, sibling));
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = sibling;
        yes(registry.verifySummary(report, summary, proof), "own values");
        unchecked {
            summary.pass += 1;
        }
        no(registry.verifySummary(report, summary, proof), "pass");
    }

    /// A root of zero stands for "no leaves", and an epoch without a report has it too: nothing is in either.
    function testFuzz_NothingIsInNothing(
        uint32 slot,
        uint32 draw,
        bytes32 recordHash,
        bytes32[] memory proof,
        Summary memory summary
    ) external {
        EpochReport memory report;
        (report.epoch, report.validator) = (4, ALICE);
        no(registry.verifyAudit(report, slot, draw, recordHash, proof), "unposted");
        no(registry.verifySummary(report, summary, proof), "unposted summary");
        report = _post(ALICE, 4, 0, 0);
        no(registry.verifyAudit(report, slot, draw, recordHash, proof), "empty tree");
        no(registry.verifySummary(report, summary, proof), "empty summary tree");
    }

    function _changed(EpochReport memory report, uint8 field) private pure returns (EpochReport memory) {
        bytes memory encoded = abi.encode(report);
        // the lowest bit of one word, each of which is one field
        encoded[32 * uint256(field % 12) + 31] ^= 0x01;
        return abi.decode(encoded, (EpochReport));
    }

    function _checkAudit(string memory json, string memory leaf, EpochReport memory report) private view {
        uint32 slot = uint32(VM.parseJsonUint(json, string.concat(leaf, ".slot")));
        uint32 draw = uint32(VM.parseJsonUint(json, string.concat(leaf, ".draw")));
        bytes32 recordHash = VM.parseJsonBytes32(json, string.concat(leaf, ".recordHash"));
        bytes32[] memory proof = VM.parseJsonBytes32Array(json, string.concat(leaf, ".proof"));
        yes(registry.verifyAudit(report, slot, draw, recordHash, proof), leaf);
        no(registry.verifyAudit(report, slot, draw + 1, recordHash, proof), leaf);
    }

    function _checkSummary(string memory json, string memory leaf, EpochReport memory report) private view {
        Summary memory summary = Summary({
            nodeIndex: uint32(VM.parseJsonUint(json, string.concat(leaf, ".nodeIndex"))),
            kind: uint8(VM.parseJsonUint(json, string.concat(leaf, ".kind"))),
            pass: uint32(VM.parseJsonUint(json, string.concat(leaf, ".pass"))),
            fail: uint32(VM.parseJsonUint(json, string.concat(leaf, ".fail"))),
            voided: uint32(VM.parseJsonUint(json, string.concat(leaf, ".void"))),
            medianMeasure: uint64(VM.parseJsonUint(json, string.concat(leaf, ".medianMeasure"))),
            medianElapsedMs: uint32(VM.parseJsonUint(json, string.concat(leaf, ".medianElapsedMs")))
        });
        bytes32[] memory proof = VM.parseJsonBytes32Array(json, string.concat(leaf, ".proof"));
        yes(registry.verifySummary(report, summary, proof), leaf);
        summary.fail += 1;
        no(registry.verifySummary(report, summary, proof), leaf);
    }

    function _pair(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }
}
